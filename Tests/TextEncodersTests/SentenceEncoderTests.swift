import Testing
import TextEncoders

@Suite("Sentence encoder on a tiny BERT")
struct SentenceEncoderTests {
  let tower: BertTower
  let encoder: SentenceEncoder
  let rows: [ExpectedRows.Row]
  let expected: [String: [Float]]

  private static let shape = BertShape(
    vocabulary: 130, positions: 64, width: 32, inner: 64, layers: 2, heads: 4)

  init() throws {
    tower = try BertTower(Self.shape, from: DenseTensors("bert-tiny/model.safetensors"))
    let tokenizer = try WordPieceTokenizer(
      vocabulary: Array(Fixture.data("bert-tiny/vocab.txt")))
    encoder = SentenceEncoder(tokenizer: tokenizer, tower: tower, sequenceLimit: 32)
    rows = try Fixture.json("bert-tiny/expected.json", as: ExpectedRows.self).rows
    expected = try Fixture.tensors("bert-tiny/expected.safetensors")
  }

  @Test("gives the reference's hidden states, all sequences in one batch")
  func hiddenStates() throws {
    let hidden = tower.hiddenState(of: rows.map(\.ids))
    var start = 0
    for (index, row) in rows.enumerated() {
      let end = start + row.ids.count * Self.shape.width
      let reference = try #require(expected["\(index).last_hidden_state"])
      #expect(largestDifference(Array(hidden[start..<end]), reference) < 2e-5, "\(row.text)")
      start = end
    }
  }

  @Test("gives the reference's vectors, cut at 32 tokens")
  func vectors() throws {
    let found = try encoder.embed(rows.map(\.text), longText: .truncate, threads: 1)
    for (index, embedding) in found.enumerated() {
      let reference = try #require(expected["\(index).embedding"])
      #expect(largestDifference(embedding.vector, reference) < 2e-6, "\(rows[index].text)")
      #expect(embedding.windows == 1)
    }
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

  @Test("a tower without one of its tensors is refused by name")
  func missingTensor() throws {
    var shape = Self.shape
    shape.layers = 3
    let error = #expect(throws: TextEncoderError.self) {
      try BertTower(shape, from: DenseTensors("bert-tiny/model.safetensors"))
    }
    #expect(error?.description.contains("encoder.layer.2.attention.self.query.weight") == true)
  }
}
