import Testing
import TextEncoders

@Suite("Long texts, on a tiny BERT with sequences of 32 tokens")
struct SequenceEncoderTests {
  let encoder: any TextEncoder

  init() throws {
    encoder = try EncoderResolver.encoder(EncoderRequest(spec: Fixture.path("bert-tiny-st")))
  }

  @Test("a long text is the mean of its windows, weighted by their tokens")
  func windows() throws {
    // 25 tokens and a comma, then 20 more: the window of 30 ends after the comma.
    let (head, tail) = ("a b c d e a b c d e a b c d e a b c d e a b c d e,", "f g h i j k l m n o")
    let parts = try encoder.embed([head, tail], longText: .chunk, threads: 1)
    let whole = try encoder.embed([head + " " + tail], longText: .chunk, threads: 1)
    #expect(parts.map(\.tokens) == [26, 10])
    #expect(whole.map(\.tokens) == [36])
    #expect(whole.map(\.windows) == [2])
    var mean = zip(parts[0].vector, parts[1].vector).map { 26 * $0 + 10 * $1 }
    let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for index in mean.indices { mean[index] /= length }
    #expect(largestDifference(whole[0].vector, mean) < 1e-6)
  }

  @Test("truncating is embedding the beginning")
  func truncation() throws {
    let letters = Array(repeating: "a b c d e", count: 10).joined(separator: " ")
    let head = Array(repeating: "a b c d e", count: 6).joined(separator: " ")
    let found = try encoder.embed([letters, head], longText: .truncate, threads: 1)
    #expect(largestDifference(found[0].vector, found[1].vector) < 1e-6)
    #expect(found.map(\.tokens) == [50, 30])
  }
}
