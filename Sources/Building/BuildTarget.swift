internal import Formats
package import Fusion

/// A target to be built.
package struct BuildTarget: Sendable {
  package let name: String
  package private(set) var request: MergeRequest

  package init(name: String, request: MergeRequest) {
    (self.name, self.request) = (name, request)
    self.request.output.makesFolders = true
  }

  /// What decides the target's bytes but for the contents of files, as a digest.
  func digest(in folder: BuildFolder, hasStatement: Bool) -> String {
    let parameters = request.parameters(path: folder.relative).compact
    let statement = hasStatement ? "\nstatement \(ProvenanceStatement.epoch ?? "")" : ""
    return ContentHash.sha256(of: Array("\(BuildMethod.id)\n\(parameters)\(statement)".utf8))
  }
}

/// What computes targets; another one may give other bytes for the same inputs.
package enum BuildMethod {
  /// Grows when a release computes other bytes; releases that say another version in their output do
  /// so anyway.
  private static let revision = 1

  package static let id = "lorac \(LoracVersion.current), method \(revision)"
}
