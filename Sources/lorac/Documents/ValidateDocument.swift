import Formats
import Fusion

/// The JSON document `lorac.validate/1`.
struct ValidateDocument {
  static let schema = "lorac.validate/1"

  private let files: [FileValidation]

  init(_ files: [FileValidation]) { self.files = files }

  var document: JSONValue {
    .object([
      "schema": .string(Self.schema),
      "files": .array(files.map(file)),
      "summary": .object([
        "files": .integer(files.count),
        "ok": .integer(files.count { $0.verdict == .ok }),
        "warnings": .integer(files.count { $0.verdict == .warnings }),
        "errors": .integer(files.count { $0.verdict == .errors }),
      ]),
    ])
  }

  private func file(_ file: FileValidation) -> JSONValue {
    .object([
      "file": .string(file.path),
      "verdict": .string(file.verdict.rawValue),
      "kind": .string(file.kind.rawValue),
      "tensors": file.tensorCount.map { .integer($0) },
      "modules": file.moduleCount.map { .integer($0) },
      "findings": .array(file.findings.map(finding)),
    ])
  }

  private func finding(_ finding: Finding) -> JSONValue {
    .object([
      "code": .string(String(finding.code.id)),
      "name": .string(String(finding.code.name)),
      "severity": .string(finding.severity.rawValue),
      "place": finding.place.map { .string($0) },
      "message": .string(finding.message),
      "remedy": .string(finding.remedy),
    ])
  }
}
