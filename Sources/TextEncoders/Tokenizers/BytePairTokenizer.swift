/// The tokenizer of CLIP, and that of GPT-2 and RoBERTa: byte pairs over the UTF-8 of the text.
package struct BytePairTokenizer: Tokenizer {
  package let frame: (opening: [Int], closing: [Int])
  package let phraseEnds: Set<Int>

  private let divider: TextDivider
  private let rules: WordRules
  private let pairs: BytePairs

  init(
    _ pairs: BytePairs, _ divider: TextDivider, _ rules: WordRules,
    frame: (opening: [Int], closing: [Int])
  ) {
    (self.pairs, self.divider, self.rules, self.frame) = (pairs, divider, rules, frame)
    phraseEnds = Set([",", ".", " ,", " ."].compactMap(pairs.id))
  }

  /// Ids of the text's tokens.
  ///
  /// Memory is linear in the text's length; time too, but for a logarithm of the length of the
  /// longest piece, such as a run of letters.
  package func encode(_ text: String) -> [Int] {
    var ids: [Int] = []
    var chain = SymbolChain()
    for part in divider.parts(of: text) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let text):
        let pieces = rules.pieces(of: text)
        for piece in pieces.ranges {
          pairs.append(idsOf: pieces.bytes, piece, by: &chain, to: &ids)
        }
      }
    }
    return ids
  }
}
