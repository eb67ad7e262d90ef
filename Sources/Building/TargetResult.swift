internal import Fusion

/// What became of a target.
package struct TargetResult: Sendable {
  package enum Status: String, Sendable {
    case built, unchanged, failed, skipped
  }

  package let name: String
  package let status: Status
  /// The file or folder that the recipe names.
  package let output: String?
  /// In the order of their paths; relative to the recipe's folder.
  package let files: [BuiltTarget.Output]
  /// Of computing it; 0 where nothing was computed.
  package let seconds: Double
  package let error: (any Error)?

  /// The files of the output itself.
  package var artifacts: [BuiltTarget.Output] {
    files.filter { !$0.path.hasSuffix(ProvenanceStatement.suffix) }
  }

  /// The statement of provenance beside them, if there is one.
  package var statement: BuiltTarget.Output? {
    files.first { $0.path.hasSuffix(ProvenanceStatement.suffix) }
  }

  package init(
    name: String, _ status: Status, output: String?, files: [BuiltTarget.Output] = [],
    seconds: Double = 0, error: (any Error)? = nil
  ) {
    (self.name, self.status, self.output) = (name, status, output)
    (self.files, self.seconds, self.error) = (files, seconds, error)
  }
}
