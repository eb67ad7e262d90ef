import Formats

/// The JSON document `lorac.explain/1`: what codes of findings mean.
struct ExplainDocument {
  static let schema = "lorac.explain/1"

  private let codes: [FindingCode]

  init(_ codes: [FindingCode]) { self.codes = codes }

  var document: JSONValue {
    .object(["schema": .string(Self.schema), "findings": .array(codes.map(entry))])
  }

  private func entry(_ code: FindingCode) -> JSONValue {
    .object([
      "code": .string(String(code.id)), "name": .string(String(code.name)),
      "severity": .string(code.severity.rawValue), "cause": .string(code.cause),
      "remedy": .string(code.remedy),
    ])
  }
}
