/// Cuts a text into the tokens of one encoder's vocabulary.
package protocol Tokenizer: Sendable {
  /// Ids of the text's own tokens, of any number, without those that frame a sequence.
  func encode(_ text: String) -> [Int]

  /// Ids that stand before and after the text's own tokens in every sequence.
  var frame: (opening: [Int], closing: [Int]) { get }

  /// Ids of the tokens after which a long text is best divided: comma and period.
  var phraseEnds: Set<Int> { get }
}
