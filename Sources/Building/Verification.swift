internal import Formats
package import Fusion

/// What came of making an artifact again from what its statement records.
package struct Verification: Sendable {
  package enum Finding: Sendable, Hashable {
    /// The artifact is not what the statement is about.
    case artifactChanged(file: String, expected: String, found: String)
    case inputChanged(file: String, expected: String, found: String)
    /// Made again, the artifact has other bytes, on a processor of the same kind.
    case differs(file: String, distance: Double?)
  }

  /// How far the artifact was confirmed.
  package enum Strength: String, Sendable {
    /// To the byte.
    case bytes
    /// In what it adds to the model, within rounding, as it was made on another kind of processor.
    case deltas
  }

  package let artifact: String
  package let statementPath: String
  package let statement: ProvenanceStatement
  /// Empty for an artifact that is what it says.
  package let findings: [Finding]
  package let strength: Strength
  /// The distance of the deltas, where they were compared.
  package let distance: Double?
  /// The processor of this machine.
  package let processor: String

  /// Of deltas that differ by the rounding of another processor.
  private static let tolerance = 1e-2

  /// Looks for the inputs of the artifact at `path`, and makes it again in a temporary folder.
  ///
  /// - Parameters:
  ///   - path: a file or folder that lorac wrote.
  ///   - statementPath: where its statement is; nil for beside it.
  ///   - folders: where inputs are looked for that are not where the statement says.
  ///   - threads: how many cores to use.
  /// - Throws: `FormatError` when the statement or an input cannot be found or read, and what merging
  ///   throws.
  package init(
    of path: String, statementPath: String?, inputs folders: [String], threads: Int
  ) throws {
    let artifact = Folder.trimmed(path)
    guard Folder.exists(artifact) else {
      throw FormatError(.unreadable, file: path, "No such file or directory")
    }
    let statementPath = statementPath ?? PlannedJob.statementPath(of: artifact)
    guard Folder.exists(statementPath) else {
      throw FormatError(
        .unreadable, file: statementPath, "there is no statement beside the artifact",
        remedy: "write it with --provenance, or name it with --statement")
    }
    let statement = try ProvenanceStatement(path: statementPath)
    (self.artifact, self.statementPath, self.statement) = (artifact, statementPath, statement)
    processor = ProvenanceStatement.processor
    let place = Folder.split(artifact).folder
    var findings: [Finding] = []
    let files = try Self.files(of: statement, statementPath, artifact)
    for (subject, file) in zip(statement.subjects, files) {
      guard Folder.isFile(file) else {
        throw FormatError(.unreadable, file: file, "No such file or directory")
      }
      let sha256 = try ContentHash.sha256(ofFile: file)
      if sha256 != subject.sha256 {
        findings.append(
          .artifactChanged(file: file, expected: subject.sha256, found: sha256))
      }
    }
    let locations = try InputSearch(place: place, folders: folders, threads: threads)
      .locate(statement.dependencies, &findings)
    (strength, distance) = try Self.compare(
      statement, statementPath, locations, files, &findings, threads: threads)
    self.findings = findings
  }

  /// The files that the subjects are: the artifact, whatever it is called now, or those in its folder.
  private static func files(
    of statement: ProvenanceStatement, _ path: String, _ artifact: String
  ) throws(FormatError) -> [String] {
    let (place, name) = Folder.split(artifact)
    let names = statement.subjects.map(\.name)
    if !Folder.isFolder(artifact), names.count == 1 { return [artifact] }
    let isMeant =
      Folder.isFolder(artifact)
      ? !names.isEmpty && names.allSatisfy { $0.hasPrefix("\(name)/") } : names.contains(name)
    guard isMeant else {
      throw FormatError(
        .unacceptable, file: path, "is about other files than \(printable(artifact))",
        remedy: "name its own statement with --statement")
    }
    return names.map { "\(place)/\($0)" }
  }

  /// Makes the artifact again, where its inputs are what they were.
  private static func compare(
    _ statement: ProvenanceStatement, _ statementPath: String, _ locations: [String: String],
    _ files: [String], _ findings: inout [Finding], threads: Int
  ) throws -> (Strength, Double?) {
    let isSameProcessor = statement.processor == ProvenanceStatement.processor
    guard findings.isEmpty else { return (isSameProcessor ? .bytes : .deltas, nil) }
    let tree = try VirtualFolder(names: statement.dependencies.map(\.name))
    for (name, path) in locations { try tree.link(name, to: path) }
    var request = try MergeRequest(
      parameters: statement.parameters, file: statementPath, path: tree.path)
    request.output.makesFolders = true
    let inputs = SharedInputs()
    let job = try PlannedJob(request, sharing: inputs, threads: threads)
    for file in job.hashedFiles {
      inputs.remember(sha256: try ContentHash.sha256(ofFile: file), ofFile: file)
    }
    // What is there already stands for an input, which writing would go through to.
    let made = Set(job.outputFiles)
    guard statement.subjects.allSatisfy({ made.contains(tree.path($0.name)) }),
      !job.outputFiles.contains(where: Folder.exists)
    else {
      throw FormatError(
        .unacceptable, file: statementPath, place: "externalParameters",
        "the output that they name is not the subject",
        remedy: "the statement was edited, or is of another artifact")
    }
    let batch = OutputBatch()
    try job.write(sharing: inputs, with: batch, threads: threads)
    try batch.commit()
    var largest: Double?
    for (subject, given) in zip(statement.subjects, files) {
      let made = tree.path(subject.name)
      guard try ContentHash.sha256(ofFile: made) != subject.sha256 else { continue }
      let distance = distance(of: made, given, threads: threads)
      let isClose = distance.map { $0 <= tolerance } ?? false
      if isSameProcessor || !isClose {
        findings.append(.differs(file: given, distance: distance))
      }
      largest = max(largest ?? 0, distance ?? 0)
    }
    return (isSameProcessor || largest == nil ? .bytes : .deltas, largest)
  }

  /// The largest relative distance of a module's delta; nil for files that cannot be compared so.
  private static func distance(of made: String, _ given: String, threads: Int) -> Double? {
    let comparison = try? Comparison(made, given, threads: threads) { _, _ in }
    guard let comparison, comparison.isEqual(within: .infinity) else { return nil }
    return comparison.largestDistance
  }
}

/// Finds the files that a statement names.
private struct InputSearch {
  let place: String
  let folders: [String]
  /// The files in `folders`, by size.
  private let candidates: [Int: [String]]

  init(place: String, folders: [String], threads: Int) throws {
    (self.place, self.folders) = (place, folders)
    var candidates: [Int: [String]] = [:]
    for folder in folders {
      guard Folder.isFolder(folder) else {
        throw FormatError(.unreadable, file: folder, "is not a folder")
      }
      for name in try Folder.files(below: folder) {
        let path = "\(Folder.trimmed(folder))/\(name)"
        candidates[Folder.byteCount(ofFile: path), default: []].append(path)
      }
    }
    self.candidates = candidates
  }

  /// Where the resources are, by name: at their places, or in the folders by their content.
  ///
  /// - Throws: `FormatError` for one that is nowhere.
  func locate(
    _ resources: [ProvenanceStatement.Resource], _ findings: inout [Verification.Finding]
  ) throws -> [String: String] {
    var found: [String: String] = [:]
    var digests: [String: String] = [:]
    func digest(_ path: String) throws(FormatError) -> String {
      if let known = digests[path] { return known }
      let sha256 = try ContentHash.sha256(ofFile: path)
      digests[path] = sha256
      return sha256
    }
    for resource in resources {
      let own = "\(place)/\(resource.name)"
      if Folder.isFile(own), try digest(own) == resource.sha256 {
        found[resource.name] = own
        continue
      }
      let others = candidates.values.joined().sorted()
      if let other = try others.first(where: { try digest($0) == resource.sha256 }) {
        found[resource.name] = other
        continue
      }
      guard Folder.isFile(own) else {
        throw FormatError(
          .unreadable, file: own, "the artifact was made from this file, and it is not there",
          remedy: "name a folder that holds it, by any name, with --inputs")
      }
      findings.append(
        .inputChanged(file: own, expected: resource.sha256, found: try digest(own)))
    }
    return found
  }
}
