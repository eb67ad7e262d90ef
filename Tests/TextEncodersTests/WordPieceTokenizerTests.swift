import Testing
import TextEncoders

@Suite("WordPiece tokenizer")
struct WordPieceTokenizerTests {
  let tokenizer: WordPieceTokenizer

  init() throws {
    tokenizer = try WordPieceTokenizer(vocabulary: BuiltinData.vocabulary)
  }

  struct Row: Decodable {
    let text: String
    let ids: [Int]
  }
  struct Table: Decodable { let rows: [Row] }

  @Test("gives the reference's ids on all 300 texts")
  func referenceIds() throws {
    let rows = try Fixture.json("bert-tokens.json", as: Table.self).rows
    #expect(rows.count == 300)
    for row in rows {
      #expect(tokenizer.encode(row.text) == row.ids, "\(row.text.unicodeScalars.map(\.value))")
    }
  }

  @Test("frames a sequence by [CLS] and [SEP], and divides after comma and period")
  func specialIds() {
    #expect(tokenizer.frame.opening == [101])
    #expect(tokenizer.frame.closing == [102])
    #expect(tokenizer.phraseEnds == [1010, 1012])
  }

  @Test("a word of 100 scalars is looked up, one of 101 is unknown")
  func wordLimit() {
    #expect(tokenizer.encode(String(repeating: "a", count: 100)) != [100])
    #expect(tokenizer.encode(String(repeating: "a", count: 101)) == [100])
    #expect(tokenizer.encode(String(repeating: "e\u{301}", count: 100)) != [100])
  }

  @Test(
    "long texts take time in proportion to their length",
    arguments: ["a", "ab ", "é", "\u{301}", "[", "[MASK", "x.", "中", "aaaaaaaaab "])
  func longTexts(unit: String) {
    let text = String(repeating: unit, count: 100_000 / unit.unicodeScalars.count)
    let elapsed = ContinuousClock().measure { _ = tokenizer.encode(text) }
    #expect(elapsed < .seconds(15))
  }

  @Test("a vocabulary without [UNK] is refused")
  func missingToken() {
    let error = #expect(throws: TextEncoderError.self) {
      try WordPieceTokenizer(vocabulary: Array("[CLS]\n[SEP]\n".utf8))
    }
    #expect(error?.description == "vocab.txt: has no token '[UNK]', the unk_token")
  }

  @Test("lines of a vocabulary end in LF or CR LF, and only there")
  func lineEnds() throws {
    let file = "[UNK]\r\n[CLS]\n[SEP]\r\na\u{2028}b\ncd"
    let tokenizer = try WordPieceTokenizer(vocabulary: Array(file.utf8))
    #expect(tokenizer.frame.opening == [1])
    #expect(tokenizer.encode("cd [SEP] ab") == [4, 2, 0])
  }
}
