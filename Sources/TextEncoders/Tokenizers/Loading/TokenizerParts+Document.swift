internal import Formats

extension TokenizerParts {
  /// Reads what a `tokenizer.json` describes.
  init(_ document: TokenizerDocument) throws(FormatError) {
    let component = try TokenizerComponent(
      .object(pairs: document.model.options), kind: document.model.likelyKind, role: "model",
      file: document.file)
    guard ["BPE", "WordPiece"].contains(component.kind) else { throw component.unsupported() }
    guard let table = document.model.vocabulary else {
      throw component.fault("has no object 'vocab'")
    }
    vocabulary = try Vocabulary(table, file: document.file, repetition: .refused)
    normalizer = try Normalizer(document)
    frame = try SequenceFrame(document)
    addedTokens = try AddedToken.list(document)
    try AddedToken.check(addedTokens, against: vocabulary, file: document.file)
    let rules = try WordRules(document)
    if component.kind == "WordPiece" {
      guard rules == .bert else { throw component.unsupported(with: "this pre_tokenizer") }
      model = .wordPieces(try WordPieces(component, vocabulary))
    } else {
      guard rules != .bert else { throw component.unsupported(with: "'BertPreTokenizer'") }
      guard let merges = document.model.merges else { throw component.fault("has no 'merges'") }
      let spelling = try BytePairs.Spelling(component, vocabulary)
      model = .bytePairs(
        try BytePairs(vocabulary, merges, spelling, file: document.file), rules)
    }
  }
}

extension TokenizerDocument.Model {
  /// What a model is whose type is not written, as in old files.
  fileprivate var likelyKind: String? {
    if hasList { return "Unigram" }
    if merges != nil { return "BPE" }
    return options.contains { $0.0 == "max_input_chars_per_word" } ? "WordPiece" : nil
  }
}

extension WordPieces {
  fileprivate init(
    _ component: TokenizerComponent, _ vocabulary: Vocabulary
  ) throws(FormatError) {
    let unknown = try component.text("unk_token") ?? "[UNK]"
    guard let id = vocabulary.id(of: unknown) else {
      throw component.fault("its vocabulary has no unk_token '\(excerpt(unknown))'")
    }
    self.init(vocabulary: vocabulary, unknown: id)
    if let prefix = try component.text("continuing_subword_prefix") {
      continuation = Array(prefix.utf8)
    }
    if let limit = component["max_input_chars_per_word"] {
      // A word takes time in the square of its length.
      guard let limit = limit.integerValue, (0...1000).contains(limit) else {
        throw component.fault("'max_input_chars_per_word' is not a number from 0 to 1000")
      }
      wordLimit = limit
    }
  }
}

extension BytePairs.Spelling {
  fileprivate init(
    _ component: TokenizerComponent, _ vocabulary: Vocabulary
  ) throws(FormatError) {
    for option in ["byte_fallback", "ignore_merges"] {
      guard try !component.flag(option, or: false) else {
        throw component.unsupported(with: option)
      }
    }
    guard component["dropout"]?.doubleValue ?? 0 == 0 else {
      throw component.unsupported(with: "dropout")
    }
    guard try component.text("continuing_subword_prefix") ?? "" == "" else {
      throw component.unsupported(with: "continuing_subword_prefix")
    }
    wordEnd = try component.text("end_of_word_suffix") ?? ""
    fusesUnknown = try component.flag("fuse_unk", or: false)
    guard let token = try component.text("unk_token") else { return }
    guard let id = vocabulary.id(of: token) else {
      throw component.fault("its vocabulary has no unk_token '\(excerpt(token))'")
    }
    unknown = id
  }
}
