import Formats
import Fusion

/// The JSON document `lorac.convert/1`.
struct ConvertDocument {
  private let outcome: ConvertJob.Outcome

  init(_ outcome: ConvertJob.Outcome) { self.outcome = outcome }

  var document: JSONValue {
    .object([
      "schema": .string("lorac.convert/1"),
      "input": .object([
        "file": .string(outcome.input),
        "dialect": outcome.inputDialect.map { .string($0.rawValue) },
        "compression": .string(outcome.inputCompression?.rawValue ?? "mixed"),
        "tensors": .integer(outcome.inputTensorCount),
      ]),
      "output": .object([
        "file": .string(outcome.output.name),
        "written": .bool(outcome.isWritten),
        "bytes": .integer(outcome.byteCount),
        "sha256": outcome.sha256.map { .string($0) },
        "format": .string(outcome.output.format),
        "dialect": outcome.dialect.map { .string($0.rawValue) },
        "dtypes": .array(outcome.dtypes.map { .string($0.rawValue) }),
        "tensors": .integer(outcome.tensorCount),
        "weightFiles": outcome.fileCounts.map { .integer($0.weights) },
        "copiedFiles": outcome.fileCounts.map { .integer($0.copied) },
      ]),
      "copiedTensors": .integer(outcome.tensorCount - outcome.changedCount),
      "warnings": .array(ConversionLoss.sentence(outcome.losses).map { [.string($0)] } ?? []),
      "metadata": outcome.metadata.map { metadata in
        .object(
          pairs: metadata.sorted { TensorName($0.key) < TensorName($1.key) }
            .map { ($0.key, .string($0.value)) })
      },
    ])
  }
}
