internal import Formats
package import Fusion

extension PlannedJob {
  /// Where the statement of what is written lies: beside the file or folder.
  package static func statementPath(of output: String) -> String {
    "\(Folder.trimmed(output))\(ProvenanceStatement.suffix)"
  }

  /// The statement of what was written.
  ///
  /// - Parameters:
  ///   - request: what was asked for.
  ///   - digests: of inputs.
  ///   - written: the digests of the files that were written, by path; others are read.
  /// - Returns: the statement, and the file that it belongs into.
  /// - Throws: `FormatError` when a file cannot be read.
  package func statement(
    for request: MergeRequest, _ digests: ContentDigests, written: [String: String]
  ) throws -> (path: String, statement: ProvenanceStatement) {
    let path = Self.statementPath(of: outputName)
    let place = Folder.split(path).folder
    var names: [String: String] = [:]
    func name(_ path: String) -> String {
      if let known = names[path] { return known }
      let name = Folder.path(of: path, from: place)
      names[path] = name
      return name
    }
    let subjects = try outputFiles.map { file in
      let sha256 = try written[file] ?? ContentHash.sha256(ofFile: file)
      return ProvenanceStatement.Resource(name: name(file), sha256: sha256)
    }
    var dependencies: Set<ProvenanceStatement.Resource> = []
    for file in inputFiles + weighed.sidecars {
      guard let sha256 = try digests.digest(ofFile: file) else { continue }
      dependencies.insert(.init(name: name(file), sha256: sha256))
    }
    let parameters = try request.resolved(weighed.library).parameters(path: name)
    return (
      path,
      ProvenanceStatement(
        subjects: subjects, dependencies: dependencies.sorted { $0.name < $1.name },
        parameters: parameters)
    )
  }
}
