package import Formats

/// What was found in a file, or in the files of a folder or an index that belong together.
package struct FileValidation: Sendable {
  package enum Verdict: String, Sendable { case ok, warnings, errors }
  package enum Kind: String, Sendable { case adapter, checkpoint, shards, unknown }

  /// The path as the user gave it, or as it was found in a folder.
  package let path: String
  package var kind = Kind.unknown
  /// The number of tensors, once the header was read.
  package var tensorCount: Int?
  /// The number of modules, once an adapter was read.
  package var moduleCount: Int?
  /// Errors before warnings, each in the order of the file.
  package private(set) var findings: [Finding] = []
  /// How often each code was found beyond ``limit``.
  private var omitted: [FindingCode: Int] = [:]
  private var counts: [FindingCode: Int] = [:]

  /// How many findings of one code are listed.
  private static let limit = 100

  init(path: String) { self.path = path }

  package var verdict: Verdict {
    guard let first = findings.first else { return .ok }
    return first.severity == .error ? .errors : .warnings
  }

  /// Whether there is nothing at the path, or nothing that may be read.
  package var isUnreadable: Bool { findings.contains { $0.code == .unreadable && $0.place == nil } }

  mutating func add(_ finding: Finding) {
    counts[finding.code, default: 0] += 1
    if counts[finding.code, default: 0] > Self.limit {
      omitted[finding.code, default: 0] += 1
    } else {
      findings.append(finding)
    }
  }

  mutating func add(_ findings: some Sequence<Finding>) { for finding in findings { add(finding) } }

  mutating func add(_ error: FormatError) { add(Finding(error, path: path)) }

  /// Says how many findings were left out, and puts errors first.
  mutating func finish() {
    for (code, count) in omitted.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      findings.append(Finding(code, "the same was found \(count) times more"))
    }
    omitted = [:]
    findings =
      findings.filter { $0.severity == .error } + findings.filter { $0.severity == .warning }
  }
}
