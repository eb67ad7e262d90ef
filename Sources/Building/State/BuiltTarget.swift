package import Formats

/// What is known of a target that was built.
package struct BuiltTarget: Sendable, Hashable {
  /// A file that was written.
  package struct Output: Sendable, Hashable {
    /// Relative to the recipe's folder where it lies below that.
    package let path: String
    package let sha256: String
    package let stamp: FileStamp
  }

  package let name: String
  /// The digest of what the recipe means for it.
  let request: String
  /// The id of its trace.
  let trace: String
  package let outputs: [Output]
}
