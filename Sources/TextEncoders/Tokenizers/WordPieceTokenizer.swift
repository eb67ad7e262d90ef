internal import Formats

/// The tokenizer of BERT models.
///
/// Source: Devlin et al., *BERT* (2019); the rules follow `tokenizers` 0.23.3 exactly.
package struct WordPieceTokenizer: Tokenizer {
  package let frame: (opening: [Int], closing: [Int])
  package let phraseEnds: Set<Int>

  private let divider: TextDivider
  private let pieces: WordPieces

  init(
    _ pieces: WordPieces, _ divider: TextDivider, frame: (opening: [Int], closing: [Int])
  ) {
    (self.pieces, self.divider, self.frame) = (pieces, divider, frame)
    phraseEnds = Set([",", "."].compactMap(pieces.vocabulary.id))
  }

  /// The tokenizer of bert-base-uncased, or of one like it, from the bytes of its `vocab.txt`.
  ///
  /// - Throws: `TextEncoderError` if the vocabulary lacks one of `[UNK]`, `[CLS]` and `[SEP]`.
  package init(vocabulary file: [UInt8]) throws(TextEncoderError) {
    do {
      let name = "vocab.txt"
      let vocabulary = try Vocabulary(
        try TokenTable(lines: file, name: name), file: name, repetition: .lastCounts)
      let tokens = try SpecialTokens(.bert, TokenizerConfig(), vocabulary, file: name)
      let pieces = WordPieces(vocabulary: vocabulary, unknown: try tokens.required("unk_token"))
      let frame = try tokens.frame
      self.init(
        pieces, TextDivider(tokens.all, Normalizer([.bert(.uncased)])),
        frame: (frame.opening, frame.closing))
    } catch {
      throw TextEncoderError(.file(error))
    }
  }

  /// Ids of the text's tokens; time and memory are linear in the text's length.
  package func encode(_ text: String) -> [Int] {
    var ids: [Int] = []
    for part in divider.parts(of: text) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let text):
        let words = WordRules.bert.pieces(of: text)
        for word in words.ranges { pieces.append(idsOf: words.bytes, word, to: &ids) }
      }
    }
    return ids
  }
}

/// A vocabulary of words and of parts of words, which start with a mark.
struct WordPieces: Sendable {
  let vocabulary: Vocabulary
  /// The id of what the vocabulary cannot express.
  let unknown: Int
  /// What parts of words start with, other than the first part.
  var continuation = Array("##".utf8)
  /// A word of more scalars than this is unknown as a whole.
  var wordLimit = 100

  /// Appends the ids of the word `text[word]`: its longest tokens from the left, or the unknown one.
  fileprivate func append(idsOf text: [UInt8], _ word: Range<Int>, to ids: inout [Int]) {
    let known = ids.count
    if !isTooLong(text, word), appendTokens(of: text, word, to: &ids) { return }
    ids.removeSubrange(known...)
    ids.append(unknown)
  }

  private func isTooLong(_ text: [UInt8], _ word: Range<Int>) -> Bool {
    word.count > wordLimit && word.count(where: { text[$0] & 0xC0 != 0x80 }) > wordLimit
  }

  /// Appends the word's tokens; false if some part is in no token.
  private func appendTokens(of text: [UInt8], _ word: Range<Int>, to ids: inout [Int]) -> Bool {
    var start = word.lowerBound
    while start < word.upperBound {
      let prefix = start == word.lowerBound ? [] : continuation
      let rest = start..<word.upperBound
      guard let token = vocabulary.longestToken(in: text, rest, after: prefix) else { return false }
      ids.append(token.id)
      start = token.end
    }
    return true
  }
}
