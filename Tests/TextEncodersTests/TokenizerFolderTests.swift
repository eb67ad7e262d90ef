import Formats
import Foundation
import Testing
import TextEncoders

@Suite("Tokenizers in folders")
struct TokenizerFolderTests {
  @Test(
    "gives the ids of tiny CLIP models, from files and from a document",
    arguments: ["clip-sd1", "clip-proj"])
  func tinyCLIP(folder: String) throws {
    let path = Fixture.url("tokenizers/\(folder)").path
    let loaded = try TokenizerFolder.load(path)
    let rows = try Fixture.json("tokenizers/\(folder)/expected.json", as: ExpectedRows.self).rows
    for row in rows {
      let ids = loaded.tokenizer.encode(row.text).prefix(75)
      #expect([812] + ids + [813] == row.ids, "\(row.text)")
    }
    #expect(loaded.vocabularySize == 814)
    #expect(loaded.endOfText == 813)
    #expect(loaded.maximumLength == 77)
    #expect(loaded.contentHash.count == 64)
  }

  @Test(
    "gives the reference's ids for every kind of byte pairs and word pieces",
    arguments: ["byte-pairs", "word-pieces"])
  func variants(kind: String) throws {
    let expected = try Fixture.json("tokenizers/\(kind)/expected.json", as: TokenizerVariants.self)
    let document = try Fixture.text("tokenizers/\(kind)/tokenizer.json")
    #expect(expected.texts.count > 150)
    for variant in expected.variants {
      let text = variant.replacements.reduce(document) { text, change in
        text.replacingOccurrences(of: change[0], with: change[1])
      }
      let loaded = try withFolder(["tokenizer.json": text]) { try TokenizerFolder.load($0) }
      let frame = loaded.tokenizer.frame
      #expect(frame.opening + frame.closing == variant.framed)
      #expect(expected.mismatches(of: loaded.tokenizer, with: variant) == [], "\(variant.name)")
    }
  }

  @Test("reads vocab.json and merges.txt as RobertaTokenizer does")
  func files() throws {
    let folder = "tokenizers/byte-pair-files"
    let expected = try Fixture.json("\(folder)/expected.json", as: TokenizerVariants.self)
    let loaded = try TokenizerFolder.load(Fixture.url(folder).path)
    let variant = try #require(expected.variants.first)
    #expect(expected.mismatches(of: loaded.tokenizer, with: variant) == [])
    #expect(loaded.tokenizer.frame == ([0], [2]))
    #expect(loaded.endOfText == 2)
    #expect(loaded.maximumLength == 512)
    #expect(
      loaded.files.map { URL(fileURLWithPath: $0).lastPathComponent } == [
        "vocab.json", "merges.txt", "tokenizer_config.json",
      ])
  }

  @Test(
    "long texts take time in proportion to their length",
    arguments: [" ", "a", "fox", "\n ", "'", "\u{301}\u{323}", "<mask", " <mask> ", "1", "é "])
  func longTexts(unit: String) throws {
    let loaded = try TokenizerFolder.load(Fixture.url("tokenizers/byte-pairs").path)
    let text = String(repeating: unit, count: 100_000 / unit.unicodeScalars.count)
    let elapsed = ContinuousClock().measure { _ = loaded.tokenizer.encode(text) }
    #expect(elapsed < .seconds(15))
  }

  @Test("gives the ids of bert-base-uncased, from vocab.txt and from a document")
  func bert() throws {
    let rows = try Fixture.json("bert-tokens.json", as: ExpectedRows.self).rows
    let lines = String(decoding: BuiltinData.vocabulary, as: UTF8.self)
    let document = try Self.bertDocument(lines)
    for files in [["vocab.txt": lines], ["tokenizer.json": document]] {
      let loaded = try withFolder(files) { try TokenizerFolder.load($0) }
      #expect(rows.allSatisfy { loaded.tokenizer.encode($0.text) == $0.ids })
      #expect(loaded.tokenizer.frame == ([101], [102]))
      #expect(loaded.tokenizer.phraseEnds == [1010, 1012])
      #expect(loaded.vocabularySize == 30522)
      #expect(loaded.endOfText == 102)
      #expect(loaded.maximumLength == nil)
    }
  }

  /// A `tokenizer.json` of the form that transformers writes, with truncation and padding.
  private static func bertDocument(_ lines: String) throws -> String {
    let tokens = lines.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let pairs = tokens.enumerated().map { (String($0.element), JSONValue.integer($0.offset)) }
    let vocabulary = JSONValue.object(pairs: pairs).compact
    let added = [("[PAD]", 0), ("[UNK]", 100), ("[CLS]", 101), ("[SEP]", 102), ("[MASK]", 103)]
      .map { #"{"id":\#($0.1),"content":"\#($0.0)","special":true,"normalized":false}"# }
      .joined(separator: ",")
    return #"""
      {"truncation":{"max_length":128},"padding":{"strategy":{"Fixed":128}},"added_tokens":[\#(added)],
      "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
      "strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},
      "post_processor":{"type":"TemplateProcessing","single":[
      {"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
      {"SpecialToken":{"id":"[SEP]","type_id":0}}],"special_tokens":{
      "[CLS]":{"id":"[CLS]","ids":[101]},"[SEP]":{"id":"[SEP]","ids":[102]}}},
      "decoder":{"type":"WordPiece"},"model":{"unk_token":"[UNK]",
      "max_input_chars_per_word":100,"vocab":\#(vocabulary)}}
      """#
  }

  @Test("a folder is one of a tokenizer when it holds one, even of a kind that is refused")
  func isFolder() throws {
    for name in ["tokenizer.json", "vocab.json", "merges.txt", "vocab.txt", "spiece.model"] {
      #expect(try withFolder([name: ""]) { TokenizerFolder.isTokenizerFolder($0) })
    }
    #expect(
      try withFolder(["tokenizer_config.json": ""]) { !TokenizerFolder.isTokenizerFolder($0) })
    #expect(!TokenizerFolder.isTokenizerFolder("/nowhere"))
  }

  @Test("the hash changes with what is read, and only with it")
  func contentHash() throws {
    let lines = "[UNK]\n[CLS]\n[SEP]\na\n"
    func hash(_ files: [String: String]) throws -> String {
      try withFolder(files) { try TokenizerFolder.load($0).contentHash }
    }
    let plain = try hash(["vocab.txt": lines])
    #expect(try hash(["vocab.txt": lines, "README.md": "x"]) == plain)
    #expect(try hash(["vocab.txt": lines + "b\n"]) != plain)
    #expect(try hash(["vocab.txt": lines, "tokenizer_config.json": "{}"]) != plain)
  }
}
