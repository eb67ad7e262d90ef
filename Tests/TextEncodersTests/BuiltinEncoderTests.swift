import Formats
import Testing
import TextEncoders

@Suite("Builtin encoder")
struct BuiltinEncoderTests {
  let encoder: BuiltinEncoder
  let sentences: [String]

  init() throws {
    encoder = try BuiltinEncoder()
    sentences = try Fixture.json("minilm-sentences.json", as: ExpectedRows.self).rows.map(\.text)
  }

  @Test("gives the reference's vectors of all 60 sentences")
  func goldenVectors() throws {
    let golden = try Fixture.tensors("minilm-int8-golden.safetensors")
    let expected = try #require(golden["embeddings"])
    let found = try encoder.embed(sentences, longText: .truncate, threads: 2)
    #expect(found.count == 60)
    for (index, embedding) in found.enumerated() {
      let row = Array(expected[index * 384..<(index + 1) * 384])
      #expect(largestDifference(embedding.vector, row) < 2e-5, "\(sentences[index])")
    }
  }

  @Test("the same bits for any number of threads")
  func threads() throws {
    let texts = sentences.suffix(5).flatMap { WordSpans.spans(of: $0) }
    let one = try encoder.embed(texts, longText: .chunk, threads: 1)
    for threads in [2, 5] {
      #expect(try encoder.embed(texts, longText: .chunk, threads: threads) == one)
    }
  }

  @Test("texts without tokens have a vector")
  func emptyTexts() throws {
    let found = try encoder.embed(["", " \u{200B}"], longText: .chunk, threads: 1)
    #expect(found[0] == found[1])
    #expect(found[0].tokens == 0 && found[0].windows == 1)
    #expect(found[0].vector.contains { $0 != 0 })
    #expect(try encoder.embed([], longText: .chunk, threads: 1).isEmpty)
  }

  @Test("long texts are embedded in windows of 254 tokens")
  func longTexts() throws {
    let text = String(repeating: "fox ", count: 600)
    let found = try encoder.embed([text], longText: .chunk, threads: 2)
    #expect(found[0].windows == 3 && found[0].tokens == 600)
    let cut = try encoder.embed([text], longText: .truncate, threads: 2)
    #expect(cut[0].windows == 1 && cut[0].tokens == 600)
  }

  @Test("the identity names the embedded data")
  func identity() {
    let weights = BuiltinData.withWeights { $0.copied() }
    let hash = ContentHash.sha256(of: weights)
    #expect(encoder.identity.id == "all-MiniLM-L6-v2-int8-" + hash.prefix(16))
    #expect(encoder.identity.dimension == 384)
    #expect(encoder.identity.kind == .sentenceEncoder)
    #expect(encoder.identity.defaultTemperature == 0.05)
    #expect(encoder.identity.lowScore == 0.25)
  }

  struct Evaluation: Decodable {
    struct Adapter: Decodable { let id, description: String }
    struct Prompt: Decodable {
      let prompt: String
      let labels: [String]
    }
    let adapters: [Adapter]
    let prompts: [Prompt]
  }

  @Test("finds the right one of 16 adapters for each of 40 prompts")
  func selection() throws {
    let set = try Fixture.json("prompts-dev.json", as: Evaluation.self)
    let texts = set.adapters.map(\.description) + set.prompts.map(\.prompt)
    let vectors = try encoder.embed(texts, longText: .chunk, threads: 2).map(\.vector)
    let keys = vectors.prefix(set.adapters.count)
    var right = 0
    for (prompt, query) in zip(set.prompts, vectors.dropFirst(set.adapters.count)) {
      let scores = keys.map { zip($0, query).reduce(0) { $0 + $1.0 * $1.1 } }
      let best = scores.indices.max { scores[$0] < scores[$1] }
      if let best, prompt.labels.contains(set.adapters[best].id) { right += 1 }
    }
    #expect(right == set.prompts.count)
  }

  @Test("gives a text the same bits alone and among others")
  func independence() throws {
    let texts = ["heart", "a red heart in neon glow style", "x", "one two three four five six"]
    let others = (0..<150).map { "text \($0) of \(String(repeating: "many ", count: $0 % 9))words" }
    func vectors(_ texts: [String]) throws -> [[Float]] {
      try encoder.embed(texts, longText: .chunk, threads: 2).map(\.vector)
    }
    let alone = try texts.map { try vectors([$0])[0] }
    #expect(try vectors(texts) == alone)
    #expect(try vectors(texts.reversed()) == alone.reversed())
    #expect(try Array(vectors(others + texts).suffix(texts.count)) == alone)
  }
}
