internal import Formats

/// All that a tokenizer consists of.
struct TokenizerParts {
  enum Model {
    case wordPieces(WordPieces)
    case bytePairs(BytePairs, WordRules)
  }

  let model: Model
  let vocabulary: Vocabulary
  let normalizer: Normalizer
  let addedTokens: [AddedToken]
  let frame: SequenceFrame

  /// The tokenizer itself, with what the folder says about it.
  func loaded(
    _ config: TokenizerConfig, _ files: TokenizerFiles
  ) throws(FormatError) -> LoadedTokenizer {
    let frameCount = frame.opening.count + frame.closing.count
    let ids = addedTokens.map(\.id) + frame.opening + frame.closing + [vocabulary.highestId]
    let ending = try config.token("eos_token")?.content
    return LoadedTokenizer(
      tokenizer: tokenizer, vocabularySize: ids.reduce(0) { max($0, $1 + 1) },
      endOfText: frame.closing.last ?? ending.flatMap(id),
      maximumLength: try config.maximumLength(above: frameCount),
      files: files.paths, contentHash: files.contentHash)
  }

  var tokenizer: any Tokenizer {
    let divider = TextDivider(addedTokens, normalizer)
    let frame = (frame.opening, frame.closing)
    switch model {
    case .wordPieces(let pieces):
      return WordPieceTokenizer(pieces, divider, frame: frame)
    case .bytePairs(let pairs, let rules):
      return BytePairTokenizer(pairs, divider, rules, frame: frame)
    }
  }

  /// The id of a token, added or not.
  private func id(of token: String) -> Int? {
    addedTokens.first { $0.content.utf8.elementsEqual(token.utf8) }?.id ?? vocabulary.id(of: token)
  }
}
