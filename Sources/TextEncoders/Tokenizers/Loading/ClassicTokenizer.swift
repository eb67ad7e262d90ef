internal import Formats

/// A tokenizer whose vocabulary files say nothing of its rules, which its class implies.
struct ClassicTokenizer {
  private let config: TokenizerConfig
  private let files: TokenizerFiles

  init(_ config: TokenizerConfig, _ files: TokenizerFiles) {
    (self.config, self.files) = (config, files)
  }

  /// The tokenizer of a `vocab.json` with a `merges.txt`.
  func bytePairs(
    _ table: TokenTable, _ merges: MergeList
  ) throws(FormatError) -> TokenizerParts {
    let file = files.path("vocab.json")
    let vocabulary = try Vocabulary(table, file: file, repetition: .refused)
    let family = try family(among: TokenizerFamily.bytePairClasses) ?? .likely(vocabulary)
    let isCLIP = family == .clip
    let tokens = try SpecialTokens(family, config, vocabulary, file: file)
    let spelling = BytePairs.Spelling(
      wordEnd: isCLIP ? "</w>" : "", unknown: isCLIP ? try tokens.required("unk_token") : nil)
    let rules: WordRules =
      isCLIP
      ? .clip(literals: true)
      : .gpt2(leadingSpace: try config.flag("add_prefix_space", or: false))
    return TokenizerParts(
      model: .bytePairs(
        try BytePairs(vocabulary, merges, spelling, file: files.path("merges.txt")), rules),
      vocabulary: vocabulary, normalizer: isCLIP ? .clip : Normalizer([]),
      addedTokens: tokens.all, frame: try tokens.frame)
  }

  /// The tokenizer of a `vocab.txt`.
  func wordPieces(_ table: TokenTable) throws(FormatError) -> TokenizerParts {
    let file = files.path("vocab.txt")
    let vocabulary = try Vocabulary(table, file: file, repetition: .lastCounts)
    let family = try family(among: TokenizerFamily.wordPieceClasses) ?? .bert
    let tokens = try SpecialTokens(family, config, vocabulary, file: file)
    let pieces = WordPieces(
      vocabulary: vocabulary, unknown: try tokens.required("unk_token"))
    return TokenizerParts(
      model: .wordPieces(pieces), vocabulary: vocabulary,
      normalizer: Normalizer([.bert(try cleaning)]), addedTokens: tokens.all,
      frame: try tokens.frame)
  }

  /// The family of the class that the configuration names, if it names one.
  private func family(
    among classes: [String: TokenizerFamily]
  ) throws(FormatError) -> TokenizerFamily? {
    guard let name = config.className else { return nil }
    guard let family = classes[name] else {
      throw FormatError(
        .unsupported, file: config.file, "the tokenizer_class '\(excerpt(name))' is not supported",
        remedy: "save the tokenizer as tokenizer.json with a current version of transformers")
    }
    return family
  }

  private var cleaning: BertCleaning {
    get throws(FormatError) {
      let lowercases = try config.flag("do_lower_case", or: true)
      var cleaning: BertCleaning = [.cleansText]
      if try config.flag("tokenize_chinese_chars", or: true) { cleaning.insert(.spacesIdeographs) }
      if try config.flag("strip_accents", or: lowercases) { cleaning.insert(.stripsAccents) }
      if lowercases { cleaning.insert(.lowercases) }
      return cleaning
    }
  }
}
