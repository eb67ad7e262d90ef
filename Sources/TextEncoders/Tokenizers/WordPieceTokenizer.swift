/// The tokenizer of uncased BERT models.
///
/// Source: Devlin et al., *BERT* (2019); the rules follow `tokenizers` 0.23.3 exactly, with its
/// defaults for bert-base-uncased (lower-case, no accents, ideographs apart).
package struct WordPieceTokenizer: Tokenizer {
  package let frame: (opening: [Int], closing: [Int])
  package let phraseEnds: Set<Int>

  private let vocabulary: Vocabulary
  private let unknown: Int
  private let special: SpecialTokens

  /// A word of more scalars than this is unknown as a whole.
  private static let wordLimit = 100
  private static let continuation = Array("##".utf8)

  /// Reads the bytes of a `vocab.txt`.
  ///
  /// Throws if the vocabulary lacks one of `[UNK]`, `[CLS]` and `[SEP]`.
  package init(vocabulary file: [UInt8]) throws(TextEncoderError) {
    let vocabulary = Vocabulary(lines: file)
    func required(_ token: String) throws(TextEncoderError) -> Int {
      guard let id = vocabulary.id(of: token) else {
        throw TextEncoderError(.vocabularyLacks(token: token))
      }
      return id
    }
    unknown = try required("[UNK]")
    frame = ([try required("[CLS]")], [try required("[SEP]")])
    phraseEnds = Set([",", "."].compactMap(vocabulary.id))
    special = SpecialTokens(
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { token in
        vocabulary.id(of: token).map { (token, $0) }
      })
    self.vocabulary = vocabulary
  }

  /// Ids of the text's tokens; time and memory are linear in the text's length.
  package func encode(_ text: String) -> [Int] {
    special.parts(of: text).flatMap { part -> [Int] in
      switch part {
      case .token(let id): [id]
      case .text(let text): encodeOrdinary(text)
      }
    }
  }

  private func encodeOrdinary(_ text: String) -> [Int] {
    let normalized = BertNormalizer(text)
    var ids: [Int] = []
    for piece in normalized.pieces {
      let known = ids.count
      let fits = piece.scalars <= Self.wordLimit
      if !fits || !appendTokens(of: normalized.bytes, piece.bytes, to: &ids) {
        ids.removeSubrange(known...)
        ids.append(unknown)
      }
    }
    return ids
  }

  /// Appends the word's tokens, longest first from the left; false if some part is in no token.
  private func appendTokens(of text: [UInt8], _ word: Range<Int>, to ids: inout [Int]) -> Bool {
    var start = word.lowerBound
    while start < word.upperBound {
      let prefix = start == word.lowerBound ? [] : Self.continuation
      let rest = start..<word.upperBound
      guard let token = vocabulary.longestToken(in: text, rest, after: prefix) else { return false }
      ids.append(token.id)
      start = token.end
    }
    return true
  }
}
