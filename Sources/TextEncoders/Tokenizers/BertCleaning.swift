/// What BERT's normaliser does to a text, in this order.
///
/// Source: `BertNormalizer` of Hugging Face `tokenizers` 0.23.3.
struct BertCleaning: OptionSet, Sendable {
  let rawValue: UInt8

  /// Invisible characters go without leaving a space; all whitespace becomes U+0020.
  static let cleansText = BertCleaning(rawValue: 1)
  /// Ideographs get a space on both sides.
  static let spacesIdeographs = BertCleaning(rawValue: 2)
  /// Canonical decomposition without its nonspacing marks; Hangul stays decomposed.
  static let stripsAccents = BertCleaning(rawValue: 4)
  static let lowercases = BertCleaning(rawValue: 8)

  /// All of it, as for bert-base-uncased.
  static let uncased: BertCleaning = [
    .cleansText, .spacesIdeographs, .stripsAccents, .lowercases,
  ]

  func apply(to text: String) -> String {
    var text = text
    if contains(.cleansText) { text = Self.cleaned(text) }
    if contains(.spacesIdeographs), !text.isASCII { text = Self.spaced(text) }
    if contains(.stripsAccents), !text.isASCII {
      text = String(scalars: text.decomposed.unicodeScalars.lazy.filter { !$0.isBertMark })
    }
    return contains(.lowercases) ? text.lowercasedByScalar : text
  }

  private static func cleaned(_ text: String) -> String {
    String(
      scalars: text.unicodeScalars.lazy
        .filter { !$0.isBertRemoved }
        .map { $0.properties.isWhitespace ? " " : $0 })
  }

  private static func spaced(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.isBertIdeograph {
        result.append(contentsOf: [" ", scalar, " "])
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
