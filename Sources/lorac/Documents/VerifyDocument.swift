import Building
import Formats
import Fusion

/// The JSON document `lorac.verify/1`.
struct VerifyDocument {
  private let result: Verification

  init(_ result: Verification) { self.result = result }

  var document: JSONValue {
    let members: [(String, JSONValue?)] = [
      ("schema", .string("lorac.verify/1")),
      ("artifact", .string(result.artifact)),
      ("statement", .string(result.statementPath)),
      ("verified", .bool(result.findings.isEmpty)),
      ("compared", .string(result.strength.rawValue)),
      ("distance", result.distance.map { .number($0) }),
      ("processor", .string(result.processor)),
      ("recordedProcessor", .string(result.statement.processor)),
      ("recordedVersion", .string(result.statement.version)),
      (
        "inputs",
        .array(
          result.statement.dependencies.map {
            .object(["file": .string($0.name), "sha256": .string($0.sha256)])
          })
      ),
      ("findings", .array(result.findings.map(Self.finding))),
    ]
    return .object(pairs: members.compactMap { member in member.1.map { (member.0, $0) } })
  }

  private static func finding(_ finding: Verification.Finding) -> JSONValue {
    switch finding {
    case .artifactChanged(let file, let expected, let found):
      change("artifactChanged", file, expected, found)
    case .inputChanged(let file, let expected, let found):
      change("inputChanged", file, expected, found)
    case .differs(let file, let distance):
      .object([
        "kind": .string("differs"), "file": .string(file),
        "distance": distance.map { .number($0) },
      ])
    }
  }

  private static func change(
    _ kind: String, _ file: String, _ expected: String, _ found: String
  ) -> JSONValue {
    .object([
      "kind": .string(kind), "file": .string(file), "recordedSha256": .string(expected),
      "sha256": .string(found),
    ])
  }
}
