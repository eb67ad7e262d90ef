import Foundation
import Testing
import TextEncoders

/// The ids are those of transformers 5.23.0.
@Suite("Tokenizers whose class implies their rules")
struct ClassicTokenizerTests {
  private func load(_ fixture: String, with files: [String: String]) throws -> LoadedTokenizer {
    var all = files
    for name in ["vocab.json", "merges.txt"] {
      all[name] = try Fixture.text("tokenizers/\(fixture)/\(name)")
    }
    return try withFolder(all) { try TokenizerFolder.load($0) }
  }

  @Test("tokens of added_tokens_decoder are found in texts, also one that is a character")
  func decoder() throws {
    let config = #"""
      {"tokenizer_class":"CLIPTokenizer","pad_token":"!","added_tokens_decoder":{"0":{"content":"!",
      "lstrip":false,"normalized":false,"rstrip":false,"single_word":false,"special":true}}}
      """#
    let loaded = try load("clip-sd1", with: ["tokenizer_config.json": config])
    #expect(
      loaded.tokenizer.encode("hello!!! a!b !") == [71, 544, 75, 334, 0, 0, 0, 320, 0, 321, 0])
    #expect(loaded.vocabularySize == 814)
    #expect(loaded.maximumLength == nil)
  }

  @Test("a padding token that is a character stays text where only its role is named")
  func padding() throws {
    let config = #"{"tokenizer_class":"CLIPTokenizer","pad_token":"!"}"#
    let loaded = try load("clip-sd1", with: ["tokenizer_config.json": config])
    #expect(loaded.tokenizer.encode("a!") == [320, 256])
  }

  @Test("tokens of added_tokens.json are found in any case, beyond the vocabulary")
  func olderTokens() throws {
    let loaded = try load(
      "clip-sd1",
      with: [
        "added_tokens.json": #"{"<cat-toy>":814,"<Big>":815}"#,
        "special_tokens_map.json": #"{"eos_token":{"content":"<|endoftext|>"}}"#,
      ])
    #expect(loaded.tokenizer.encode("<cat-toy> a <cat-toy>!") == [814, 320, 814, 256])
    #expect(loaded.tokenizer.encode("<Big> <big>") == [815, 815])
    #expect(loaded.vocabularySize == 816)
    #expect(loaded.endOfText == 813)
    #expect(loaded.files.count == 4)
  }

  @Test("GPT-2 frames nothing, and names its last token in the configuration")
  func gpt2() throws {
    let config =
      #"{"tokenizer_class":"GPT2TokenizerFast","eos_token":"</s>","model_max_length":1e30}"#
    let loaded = try load("byte-pair-files", with: ["tokenizer_config.json": config])
    #expect(loaded.tokenizer.frame == ([], []))
    #expect(loaded.endOfText == 2)
    #expect(loaded.maximumLength == nil)
    #expect(loaded.tokenizer.phraseEnds == [16, 18])
  }

  @Test("without a class, the vocabulary tells")
  func likely() throws {
    #expect(try load("clip-sd1", with: [:]).tokenizer.frame == ([812], [813]))
    #expect(try load("byte-pair-files", with: [:]).tokenizer.frame == ([0], [2]))
  }

  @Test("BERT's configuration says what is done to case, accents and ideographs")
  func bert() throws {
    func ids(_ config: String) throws -> [Int] {
      let words = ["[UNK]", "[CLS]", "[SEP]", "A", "a", "Ä", "ä", "中", "中文"]
      let files = ["vocab.txt": words.joined(separator: "\n"), "tokenizer_config.json": config]
      return try withFolder(files) { try TokenizerFolder.load($0).tokenizer.encode("A Ä 中文") }
    }
    #expect(try ids("{}") == [4, 4, 7, 0])
    #expect(try ids(#"{"do_lower_case":false}"#) == [3, 5, 7, 0])
    #expect(try ids(#"{"strip_accents":false}"#) == [4, 6, 7, 0])
    #expect(try ids(#"{"tokenize_chinese_chars":false,"strip_accents":null}"#) == [4, 4, 8])
    #expect(try ids(#"{"do_lower_case":false,"strip_accents":true}"#) == [3, 3, 7, 0])
  }

  @Test("MPNet has tokens of its own")
  func mpnet() throws {
    let files = [
      "vocab.txt": "<s>\n<pad>\n</s>\n[UNK]\nfox\n<mask>",
      "tokenizer_config.json": #"{"tokenizer_class":"MPNetTokenizer","model_max_length":512}"#,
    ]
    let loaded = try withFolder(files) { try TokenizerFolder.load($0) }
    #expect(loaded.tokenizer.encode("fox <mask>x") == [4, 5, 3])
    #expect(loaded.tokenizer.frame == ([0], [2]))
    #expect(loaded.maximumLength == 512)
  }
}
