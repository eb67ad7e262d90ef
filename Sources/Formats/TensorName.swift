/// The name of a tensor, equal to another only if their bytes are.
///
/// `String` compares by canonical equivalence: two names that a file tells apart
/// (composed and decomposed accents) would be one key of a dictionary.
package struct TensorName: Hashable, Comparable, Sendable {
  package let string: String

  package init(_ string: String) { self.string = string }

  /// Whether the name is known to be ASCII, without a look at its bytes.
  private var isASCII: Bool { string.utf8Span.isKnownASCII }

  package static func == (a: TensorName, b: TensorName) -> Bool {
    a.string == b.string && (a.isASCII || a.string.utf8.elementsEqual(b.string.utf8))
  }

  package static func < (a: TensorName, b: TensorName) -> Bool {
    // ASCII has the order of its bytes, which String compares many at a time.
    a.isASCII && b.isASCII
      ? a.string < b.string : a.string.utf8.lexicographicallyPrecedes(b.string.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    // Names of equal bytes are canonically equivalent too, so String's own hash serves.
    hasher.combine(string)
  }
}

extension TensorName: ExpressibleByStringLiteral, CustomStringConvertible {
  package init(stringLiteral value: String) { self.init(value) }

  /// The name as it can be shown.
  package var description: String { printable(string) }
}
