import Formats
import Foundation
import Testing
import TextEncoders

@Suite("Tokenizers that are refused")
struct TokenizerRefusalTests {
  struct Refusal: CustomTestStringConvertible {
    let testDescription: String
    let files: [String: String]
    /// The line, without the folder's path.
    let message: String
    var kind = FormatError.Kind.unacceptable

    /// A document in which `old` is replaced by `new`.
    static func change(
      _ name: String, in document: String = bytePairs, _ old: String, _ new: String,
      _ message: String, _ kind: FormatError.Kind = .unacceptable
    ) -> Refusal {
      let text = document.replacingOccurrences(of: old, with: new)
      return Refusal(
        testDescription: name, files: ["tokenizer.json": text],
        message: "tokenizer.json: " + message, kind: kind)
    }
  }

  static let bytePairs = #"""
    {"added_tokens":[{"id":9,"content":"<e>","special":true}],"normalizer":{"type":"NFC"},
    "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
    "post_processor":{"type":"RobertaProcessing","sep":["</s>",4],"cls":["<s>",3]},
    "model":{"type":"BPE","unk_token":"<u>","vocab":{"a":0,"b":1,"ab":2,"<s>":3,"</s>":4,"<u>":5},
    "merges":["a b"]}}
    """#

  static let wordPieces = #"""
    {"added_tokens":[],"normalizer":{"type":"BertNormalizer"},
    "pre_tokenizer":{"type":"BertPreTokenizer"},
    "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"C","type_id":0}},
    {"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"C":{"ids":[2]}}},
    "model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"a":1,"C":2}}}
    """#

  @Test("the documents that the others are changes of are accepted")
  func accepted() throws {
    let pairs = try Self.load(["tokenizer.json": Self.bytePairs])
    #expect(pairs.tokenizer.encode("abab<e>ac") == [2, 2, 9, 0, 5])
    #expect(pairs.vocabularySize == 10)
    let pieces = try Self.load(["tokenizer.json": Self.wordPieces])
    #expect(pieces.tokenizer.encode("A x") == [1, 0])
    #expect(pieces.tokenizer.frame == ([2], []))
    #expect(pieces.endOfText == nil)
  }

  static let kinds: [Refusal] = [
    .change(
      "Unigram", #""type":"BPE""#, #""type":"Unigram""#,
      "model: kind 'Unigram' is not supported", .unsupported),
    .change(
      "Unigram in an old file", #""type":"BPE","unk_token":"<u>","vocab":{"a":0"#,
      #""vocab":[["a",0]],"x":{"a":0"#, "model: kind 'Unigram' is not supported", .unsupported),
    .change(
      "word level", in: wordPieces, #""WordPiece""#, #""WordLevel""#,
      "model: kind 'WordLevel' is not supported", .unsupported),
    .change(
      "Precompiled", #""NFC""#, #""Precompiled""#,
      "normalizer: kind 'Precompiled' is not supported", .unsupported),
    .change(
      "Precompiled in a sequence", #"{"type":"NFC"}"#,
      #"{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Precompiled"}]}"#,
      "normalizer: kind 'Precompiled' is not supported", .unsupported),
    .change(
      "another replacement", #"{"type":"NFC"}"#,
      #"{"type":"Replace","pattern":{"String":"a"},"content":"b"}"#,
      #"normalizer: kind 'Replace' with the pattern {"String":"a"} is not supported"#,
      .unsupported),
    .change(
      "Metaspace", #""ByteLevel""#, #""Metaspace""#,
      "pre_tokenizer: kind 'Metaspace' is not supported", .unsupported),
    .change(
      "no pre-tokenizer", #"{"type":"ByteLevel","add_prefix_space":false}"#, "null",
      "pre_tokenizer: a tokenizer without one is not supported", .unsupported),
    .change(
      "another expression", #"{"type":"ByteLevel","add_prefix_space":false}"#,
      #"{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"x+"}},"#
        + #"{"type":"ByteLevel"}]}"#,
      #"pre_tokenizer: kind 'Split' with the pattern {"Regex":"x+"} is not supported"#,
      .unsupported),
    .change(
      "digits after bytes", #"{"type":"ByteLevel","add_prefix_space":false}"#,
      #"{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]}"#,
      "pre_tokenizer: kind 'Digits' with 'ByteLevel' before it is not supported", .unsupported),
    .change(
      "bytes without an expression", #""add_prefix_space":false"#, #""use_regex":false"#,
      "pre_tokenizer: kind 'ByteLevel' with use_regex false is not supported", .unsupported),
    .change(
      "byte pairs of BERT's words", #"{"type":"ByteLevel","add_prefix_space":false}"#,
      #"{"type":"BertPreTokenizer"}"#,
      "model: kind 'BPE' with 'BertPreTokenizer' is not supported", .unsupported),
    .change(
      "another frame", #""RobertaProcessing""#, #""Unknown""#,
      "post_processor: kind 'Unknown' is not supported", .unsupported),
    .change(
      "a second type", in: wordPieces, #""type_id":0"#, #""type_id":1"#,
      "post_processor: kind 'TemplateProcessing' with a type_id other than 0 is not supported",
      .unsupported),
    .change(
      "byte fallback", #""merges""#, #""byte_fallback":true,"merges""#,
      "model: kind 'BPE' with byte_fallback is not supported", .unsupported),
    .change(
      "a prefix of parts", #""merges""#, #""continuing_subword_prefix":"@","merges""#,
      "model: kind 'BPE' with continuing_subword_prefix is not supported", .unsupported),
    Refusal(
      testDescription: "SentencePiece alone", files: ["spiece.model": "x"],
      message: "spiece.model: SentencePiece models are not supported", kind: .unsupported),
    Refusal(
      testDescription: "a class without rules",
      files: [
        "vocab.txt": "[UNK]\n", "tokenizer_config.json": #"{"tokenizer_class":"XTokenizerFast"}"#,
      ],
      message: "tokenizer_config.json: the tokenizer_class 'XTokenizer' is not supported",
      kind: .unsupported),
  ]

  static let faults: [Refusal] = [
    .change("no model", #""model""#, #""mode""#, "has no 'model'"),
    .change("broken", #"]}}"#, "]", "JSON byte 341: the JSON ends too early"),
    .change(
      "twice", #""merges""#, #""type":"BPE","merges""#, "JSON byte 332: 'type' is there twice"),
    .change(
      "negative id", #""ab":2"#, #""ab":-2"#, "JSON byte 296: expected a non-negative integer"),
    .change(
      "huge id", #""ab":2"#, #""ab":16777216"#,
      "JSON byte 296: the id 16777216 is not below 16777216"),
    .change(
      "id beyond all numbers", #""ab":2"#, #""ab":99999999999999999999"#,
      "JSON byte 296: the number is too large"),
    .change("id used twice", #""ab":2"#, #""ab":1"#, "gives the id 1 to two tokens"),
    .change("token used twice", #""ab":2"#, #""a":2"#, "lists the token 'a' twice"),
    .change(
      "a merge of unknown tokens", #""a b""#, #""a c""#,
      "merge 1: its token 'c' is not in the vocabulary"),
    .change(
      "a merge into an unknown token", #""a b""#, #"["b","a"]"#,
      "merge 1: its token 'ba' is not in the vocabulary"),
    .change(
      "a merge of one token", #""a b""#, #""ab""#,
      "JSON byte 335: a merge is not two tokens with a space between"),
    .change("no merges", #""merges""#, #""mergers""#, "model: has no 'merges'"),
    .change(
      "no unknown token", #""unk_token":"<u>""#, #""unk_token":"?""#,
      "model: its vocabulary has no unk_token '?'"),
    .change(
      "ids that differ", #""id":9,"content":"<e>""#, #""id":9,"content":"ab""#,
      "added tokens: 'ab' has the id 9, in the vocabulary 2"),
    .change(
      "an added token without id", #""id":9,"#, "", "added tokens: number 1 has no usable 'id'"),
    .change(
      "a flag that is none", #""special":true"#, #""lstrip":1"#,
      "added tokens: a 'lstrip' is not true or false"),
    .change(
      "a frame without id", #"["</s>",4]"#, #"["</s>",-4]"#,
      "post_processor: 'sep' of 'RobertaProcessing' is not [token, id]"),
    .change(
      "a template without its token", in: wordPieces, #"{"C":{"ids":[2]}}"#, "{}",
      #"post_processor: 'TemplateProcessing' does not say which ids {"SpecialToken":{"id":"C","type_id":0}} "#
        + "stands for"),
    .change(
      "a template without text", in: wordPieces, #"{"Sequence":{"id":"A","type_id":0}}"#,
      #"{"SpecialToken":{"id":"C","type_id":0}}"#,
      "post_processor: 'single' of 'TemplateProcessing' has 0 texts, expected 1"),
    .change(
      "a name of any length", #""NFC""#, "\"\(String(repeating: "x", count: 999))\"",
      "normalizer: kind '\(String(repeating: "x", count: 60))…' is not supported", .unsupported),
    Refusal(
      testDescription: "an empty folder", files: [:],
      message:
        "no tokenizer: looked for tokenizer.json, vocab.json with merges.txt, and vocab.txt",
      kind: .unreadable),
    Refusal(
      testDescription: "vocab.json alone", files: ["vocab.json": "{}"],
      message: "merges.txt: No such file or directory", kind: .unreadable),
    Refusal(
      testDescription: "merges.txt alone", files: ["merges.txt": ""],
      message: "vocab.json: No such file or directory", kind: .unreadable),
    Refusal(
      testDescription: "three tokens in a merge",
      files: ["vocab.json": "{}", "merges.txt": "a b\na b c\n"],
      message: "merges.txt: line 2: is not two tokens with a space between"),
    Refusal(
      testDescription: "CLIP without its last token",
      files: [
        "vocab.json": #"{"a</w>":0,"<|startoftext|>":1}"#, "merges.txt": "#version: 0.2\n",
      ],
      message: "vocab.json: has no token '<|endoftext|>', the unk_token"),
    Refusal(
      testDescription: "an empty vocab.txt", files: ["vocab.txt": ""],
      message: "vocab.txt: has no token '[UNK]', the unk_token"),
    Refusal(
      testDescription: "a length that holds nothing",
      files: [
        "vocab.txt": "[UNK]\n[CLS]\n[SEP]\n", "tokenizer_config.json": #"{"model_max_length":2}"#,
      ],
      message: "tokenizer_config.json: 'model_max_length' is 2, expected a number above 2"),
  ]

  @Test("each kind that is not computed is refused by its name", arguments: kinds)
  func unsupported(_ refusal: Refusal) throws { try Self.expect(refusal) }

  @Test("each fault is named, with its place", arguments: faults)
  func unacceptable(_ refusal: Refusal) throws { try Self.expect(refusal) }

  @Test("bytes that are not UTF-8 are refused")
  func invalidUTF8() throws {
    try withFolder([:]) { folder in
      try Data([0x22, 0xFF, 0x22]).write(to: URL(fileURLWithPath: "\(folder)/tokenizer.json"))
      let error = #expect(throws: TextEncoderError.self) { try TokenizerFolder.load(folder) }
      #expect(error?.description.hasSuffix("tokenizer.json: is not UTF-8 text") == true)
    }
  }

  @Test("a vocabulary made to have one hash is refused before it takes long")
  func collisions() throws {
    // Tokens of FNV-1a hashes that agree in the bits that choose one of 4,096 slots.
    func slot(_ token: String) -> UInt32 {
      (token.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 } &* 0x9E37_79B1) >> 20
    }
    let lines = (0..<8_000_000).lazy.map { "t\($0)" }.filter { slot($0) == 7 }.prefix(1100)
    let error = #expect(throws: TextEncoderError.self) {
      try Self.load(["vocab.txt": lines.joined(separator: "\n")])
    }
    #expect(error?.description.hasSuffix("too many tokens have the same hash") == true)
  }

  @Test(
    "files of many megabytes are refused in bounded time",
    arguments: [
      ("vocab.txt", "\n", 20_000_000), ("tokenizer.json", "[", 20_000_000),
      ("tokenizer.json", "{\"model\":", 2_000_000), ("tokenizer_config.json", "[", 9_000_000),
    ])
  func huge(name: String, unit: String, count: Int) throws {
    let files = [name: String(repeating: unit, count: count)]
    let elapsed = ContinuousClock().measure {
      _ = #expect(throws: TextEncoderError.self) {
        try Self.load(files.merging(["vocab.txt": ""]) { given, _ in given })
      }
    }
    #expect(elapsed < .seconds(20))
  }

  private static func load(_ files: [String: String]) throws -> LoadedTokenizer {
    try withFolder(files) { try TokenizerFolder.load($0) }
  }

  private static func expect(_ refusal: Refusal) throws {
    try withFolder(refusal.files) { folder in
      let error = #expect(throws: TextEncoderError.self) { try TokenizerFolder.load(folder) }
      let line = error?.description.replacingOccurrences(of: folder, with: "")
      #expect(line?.drop { "/: ".contains($0) } == refusal.message[...])
      #expect(error?.kind == refusal.kind)
    }
  }
}
