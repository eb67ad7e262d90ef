internal import Formats

/// Reads tokenizers in the layout of Hugging Face.
package struct TokenizerFolder {
  private static let document = "tokenizer.json"
  private static let vocabulary = "vocab.json"
  private static let merges = "merges.txt"
  private static let words = "vocab.txt"
  /// Models of SentencePiece, which are recognised to be refused.
  private static let pieceModels = ["spiece.model", "sentencepiece.bpe.model", "tokenizer.model"]

  /// Whether there is a tokenizer in `folder`, also one that ``load(_:)`` refuses.
  package static func isTokenizerFolder(_ folder: String) -> Bool {
    ([document, vocabulary, merges, words] + pieceModels).contains {
      Folder.isFile("\(Folder.trimmed(folder))/\($0)")
    }
  }

  /// Reads the tokenizer in `folder`: `tokenizer.json`, or else `vocab.json` and `merges.txt`, or else
  /// `vocab.txt`; `tokenizer_config.json` and its like where they are.
  ///
  /// - Throws: `TextEncoderError` about the file that is missing, holds a fault, or describes a kind
  ///   of tokenizer that is not implemented.
  package static func load(_ folder: String) throws(TextEncoderError) -> LoadedTokenizer {
    do {
      var files = TokenizerFiles(folder: Folder.trimmed(folder))
      return try load(from: &files)
    } catch {
      throw TextEncoderError(.file(error))
    }
  }

  private static func load(
    from files: inout TokenizerFiles
  ) throws(FormatError) -> LoadedTokenizer {
    if files.has(document) {
      let parsed = try TokenizerDocument(parsing: files.read(document), file: files.path(document))
      let parts = try TokenizerParts(parsed)
      return try parts.loaded(TokenizerConfig(from: &files), files)
    }
    if files.has(vocabulary) || files.has(merges) {
      let vocabulary = try VocabularyFile.table(
        json: files.read(vocabulary), file: files.path(vocabulary))
      let merges = try MergeList(lines: files.read(merges), file: files.path(merges))
      let config = try TokenizerConfig(from: &files)
      return try ClassicTokenizer(config, files)
        .bytePairs(vocabulary, merges).loaded(config, files)
    }
    if files.has(words) {
      let vocabulary = try TokenTable(lines: files.read(words), name: files.path(words))
      let config = try TokenizerConfig(from: &files)
      return try ClassicTokenizer(config, files).wordPieces(vocabulary).loaded(config, files)
    }
    throw refusal(of: files)
  }

  private static func refusal(of files: TokenizerFiles) -> FormatError {
    if let model = pieceModels.first(where: files.has) {
      return FormatError(
        .unsupported, file: files.path(model), "SentencePiece models are not supported",
        remedy: "save the tokenizer as \(document) with a current version of transformers")
    }
    return FormatError(
      .unreadable, file: files.folder,
      "no tokenizer: looked for \(document), \(vocabulary) with \(merges), and \(words)")
  }
}
