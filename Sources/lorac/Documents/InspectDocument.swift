import Formats
import Fusion

/// The JSON document `lorac.inspect/1`.
struct InspectDocument {
  static let schema = "lorac.inspect/1"

  private let inspection: FileInspection

  private let parts: InspectParts

  init(_ inspection: FileInspection, _ parts: InspectParts) {
    (self.inspection, self.parts) = (inspection, parts)
  }

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
      "blocks": .array(inspection.blocks.map(block)),
      "tensors": .integer(file.header.tensors.count),
      "tensorList": parts.listsTensors ? .array(file.header.tensors.map(tensor)) : nil,
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
      "training": .object(pairs: inspection.training.facts.map { ($0.label, .string($0.value)) }),
      "tags": .array(
        inspection.training.tags.map {
          .object(["tag": .string($0.text), "count": .integer($0.count)])
        }),
      "hashes": parts.hashes.map { HashFacts($0, file.header.metadata).document },
      "warnings": .array(inspection.warnings.map { .string($0) }),
    ])
  }

  private func block(_ block: ModuleBlock) -> JSONValue {
    let kinds = ModuleBlock.Kind.allCases.compactMap { kind in
      block.counts[kind].map { (kind.rawValue, JSONValue.integer($0)) }
    }
    return .object([
      "name": .string(block.name), "modules": .integer(block.modules.count),
      "kinds": .object(pairs: kinds),
    ])
  }

  private func tensor(_ entry: TensorEntry) -> JSONValue {
    .object([
      "name": .string(entry.name.string), "dtype": .string(entry.dtype.rawValue),
      "shape": .array(entry.shape.map { .integer($0) }),
      "byteRange": .array([
        .integer(entry.byteRange.lowerBound), .integer(entry.byteRange.upperBound),
      ]),
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
