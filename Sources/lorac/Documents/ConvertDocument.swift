import Formats
import Fusion

/// The JSON document `lorac.convert/1`.
struct ConvertDocument {
  private let outcome: ConvertJob.Outcome

  init(_ outcome: ConvertJob.Outcome) { self.outcome = outcome }

  var document: JSONValue {
    let plan = outcome.plan
    let destination = outcome.location.destination
    let types = Set(outcome.layout.entries.map(\.dtype)).sorted { $0.order > $1.order }
    return .object([
      "schema": .string("lorac.convert/1"),
      "input": .object([
        "file": .string(outcome.input),
        "dialect": plan.adapter.map { .string($0.dialect.rawValue) },
        "compression": .string(plan.input.compression.rawValue),
        "tensors": .integer(plan.input.header.tensors.count),
      ]),
      "output": .object([
        "file": .string(destination.name),
        "written": .bool(outcome.isWritten),
        "bytes": .integer(outcome.byteCount),
        "sha256": outcome.sha256.map { .string($0) },
        "format": .string(destination.zstdLevel == nil ? "safetensors" : "safetensors.zst"),
        "dialect": plan.dialect.map { .string($0.rawValue) },
        "dtypes": .array(types.map { .string($0.rawValue) }),
        "tensors": .integer(plan.tensorCount),
      ]),
      "copiedTensors": .integer(plan.tensorCount - plan.changedCount),
      "metadata": .object(
        pairs: plan.metadata.sorted { TensorName($0.key) < TensorName($1.key) }
          .map { ($0.key, .string($0.value)) }),
    ])
  }
}
