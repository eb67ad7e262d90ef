/// What an encoder does to every text before its tokenizer.
package struct TextTreatment: Sendable, Hashable {
  /// What stands before the text.
  let prefix: String
  /// Whether capitals become small letters, as `do_lower_case` of sentence-transformers asks.
  let isLowercased: Bool

  package init(prefix: String = "", isLowercased: Bool = false) {
    (self.prefix, self.isLowercased) = (prefix, isLowercased)
  }

  func applied(to text: String) -> String {
    isLowercased ? (prefix + text).lowercased() : prefix + text
  }
}
