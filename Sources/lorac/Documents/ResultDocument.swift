import Building
import Formats

/// What became of a target, as a member of `lorac.build/1` and a line of `--results`.
struct ResultDocument {
  private let result: TargetResult

  init(_ result: TargetResult) { self.result = result }

  var document: JSONValue {
    let failure = result.error.map(Failure.init(ofTarget:))
    let artifacts = result.artifacts
    let isOne = artifacts.count == 1
    let members: [(String, JSONValue?)] = [
      ("name", .string(result.name)),
      ("status", .string(result.status.rawValue)),
      ("output", result.output.map { .string($0) }),
      ("sha256", isOne ? .string(artifacts[0].sha256) : nil),
      (
        "bytes",
        artifacts.isEmpty
          ? nil : .integer(artifacts.reduce(0) { $0 + $1.stamp.byteCount })
      ),
      ("files", isOne || artifacts.isEmpty ? nil : files),
      ("statement", result.statement.map { .string($0.path) }),
      ("seconds", .number(result.seconds)),
      ("peakMemoryBytes", .integer(ProcessMemory.peakBytes)),
      ("error", failure.map { .string($0.lines.map(\.message).joined(separator: "; ")) }),
      ("hint", failure?.lines.first?.hint.map { .string($0) }),
      ("exitStatus", failure.map { .integer(Int($0.status)) }),
    ]
    return .object(pairs: members.compactMap { member in member.1.map { (member.0, $0) } })
  }

  private var files: JSONValue {
    .array(
      result.artifacts.map {
        .object([
          "file": .string($0.path), "sha256": .string($0.sha256),
          "bytes": .integer($0.stamp.byteCount),
        ])
      })
  }
}
