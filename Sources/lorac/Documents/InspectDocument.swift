import Formats
import Fusion

/// The JSON document `lorac.inspect/1`.
struct InspectDocument {
  static let schema = "lorac.inspect/1"

  private let inspection: FileInspection

  init(_ inspection: FileInspection) { self.inspection = inspection }

  var document: JSONValue {
    let (file, adapter) = (inspection.tensors, inspection.adapter)
    return .object([
      "schema": .string(Self.schema),
      "file": .string(inspection.path),
      "container": .string("safetensors"),
      "compression": .string(file.compression.rawValue),
      "bytes": .integer(file.byteCount),
      "kind": .string(inspection.kind.rawValue),
      "dialect": adapter.map { .string($0.dialect.rawValue) },
      "family": inspection.family.name.map { .string($0) },
      "familyEvidence": .string(inspection.family.evidence),
      "algorithms": adapter.map(algorithms),
      "modules": .array((adapter?.modules ?? []).map(module)),
      "tensors": .integer(file.header.tensors.count),
      "parameters": .integer(inspection.parameterCount),
      "metadata": .object(
        pairs: file.header.metadata.sorted { TensorName($0.key) < TensorName($1.key) }
          .map { ($0.key, .string($0.value)) }),
      "key": inspection.key.map { key in
        .object([
          "text": .string(key.texts.joined(separator: " | ")), "source": .string("\(key.source)"),
          "triggers": .array(key.triggers.map { .string($0) }),
        ])
      },
      "warnings": .array(inspection.warnings.map { .string($0) }),
    ])
  }

  /// How many modules are of each algorithm.
  private func algorithms(_ adapter: AdapterFile) -> JSONValue {
    let counts = Dictionary(grouping: adapter.modules, by: \.algorithm.id)
      .mapValues(\.count)
    return .object(pairs: counts.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
  }

  private func module(_ module: AdapterModule) -> JSONValue {
    .object([
      "name": .string(module.stem),
      "target": .string(module.target.description),
      "algorithm": .string(module.algorithm.id),
      "needsBase": .bool(module.algorithm.needsBase),
      "rank": module.rank.map { .integer($0) },
      "alpha": module.scale.alpha.map { .number($0) },
      "scale": .number(module.scale.value),
      "scaleSource": .string(module.scale.source.rawValue),
      "dtype": .string(module.dtypeNames),
      "shape": module.weightShape.map { .array($0.map { .integer($0) }) },
    ])
  }
}
