import Testing
import TextEncoders

@Suite("Builtin CLIP tokenizer")
struct BuiltinTokenizerTests {
  let loaded: LoadedTokenizer

  init() throws { loaded = try BuiltinTokenizer.clip() }

  @Test("gives the reference's ids on all 300 texts")
  func referenceIds() throws {
    let rows = try Fixture.json("clip-tokens.json", as: ExpectedRows.self).rows
    #expect(rows.count == 300)
    for row in rows {
      #expect(
        loaded.tokenizer.encode(row.text) == row.ids, "\(row.text.unicodeScalars.map(\.value))")
    }
  }

  @Test("frames a sequence by its two special tokens, and divides after comma and period")
  func specialIds() {
    #expect(loaded.tokenizer.frame == ([49406], [49407]))
    #expect(loaded.tokenizer.phraseEnds == [267, 269])
    #expect(loaded.vocabularySize == 49408)
    #expect(loaded.endOfText == 49407)
    #expect(loaded.maximumLength == 77)
  }

  @Test("the special tokens are found as they are written, their likeness is cut in three")
  func likeness() {
    let tokenizer = loaded.tokenizer
    #expect(tokenizer.encode("a<|endoftext|>!") == [320, 49407, 256])
    #expect(
      tokenizer.encode("a<|ENDOFTEXT|>!")
        == tokenizer.encode("a <| endoftext |> !"))
  }

  @Test(
    "long texts take time in proportion to their length",
    arguments: [
      "a", "ab ", "é", "\u{301}", "\u{301}\u{323}", "<", "<|endoftext|", "x.", "中", "!", "'",
      "aA1 ",
    ])
  func longTexts(unit: String) {
    let text = String(repeating: unit, count: 100_000 / unit.unicodeScalars.count)
    let elapsed = ContinuousClock().measure { _ = loaded.tokenizer.encode(text) }
    #expect(elapsed < .seconds(15))
  }

  @Test("100,000 tokens")
  func manyTokens() {
    let text = String(repeating: "fox <|endoftext|>", count: 50_000)
    #expect(loaded.tokenizer.encode(text).count == 100_000)
  }

  @Test("its tables are made in milliseconds")
  func start() throws {
    let elapsed = try ContinuousClock().measure { _ = try BuiltinTokenizer.clip() }
    #expect(elapsed < .seconds(10))
  }
}
