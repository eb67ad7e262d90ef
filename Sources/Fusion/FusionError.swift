/// Why weights could not be computed.
///
/// `description` is one line; a caller that knows the file or option puts it in front.
package struct FusionError: Error, Equatable, CustomStringConvertible {
  /// Who can mend it: the one who typed the request, or the one who made the data.
  package enum Kind: Sendable, Hashable {
    /// An option or its value cannot be meant like this.
    case usage
    /// An embedding, a delta or a file holds values that cannot be used.
    case data
  }

  package let kind: Kind
  /// What is wrong, with the value found.
  package let message: String
  /// How to go on, where there is a way.
  package let hint: String?

  package init(_ kind: Kind, _ message: String, hint: String? = nil) {
    (self.kind, self.message, self.hint) = (kind, message, hint)
  }

  package var description: String { message }
}
