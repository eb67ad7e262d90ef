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
    let adapter = inspection.adapter
    return .object([
      "schema": .string(Self.schema),
      "file": .string(inspection.path),
      "container": .string("safetensors"),
      "compression": .string(inspection.compression?.rawValue ?? "mixed"),
      "bytes": .integer(inspection.byteCount),
      "kind": .string(inspection.kind.rawValue),
      "layout": inspection.model.map { .string($0.files.layout.rawValue) },
      "dialect": adapter.map { .string($0.dialect.rawValue) },
      "family": inspection.family.name.map { .string($0) },
      "familyEvidence": .string(inspection.family.evidence),
      "algorithms": adapter.map(algorithms),
      "modules": .array(modules),
      "blocks": .array(blocks),
      "variants": variants,
      "components": components,
      "configuration": inspection.model.map { facts($0.configuration.facts) },
      "statistics": parts.statistics.map { StatisticsDocument($0).document },
      "tensors": .integer(inspection.tensors.count),
      "tensorList": tensorList,
      "parameters": .integer(inspection.parameterCount),
      "metadata": .object(
        pairs: inspection.metadata.sorted { TensorName($0.key) < TensorName($1.key) }
          .map { ($0.key, .string($0.value)) }),
      "key": inspection.key.map { key in
        .object([
          "text": .string(key.texts.joined(separator: " | ")), "source": .string("\(key.source)"),
          "triggers": .array(key.triggers.map { .string($0) }),
        ])
      },
      "training": TrainingDocument(inspection.training).document,
      "tags": .array(
        inspection.training.tags.map {
          .object(["tag": .string($0.text), "count": .integer($0.count)])
        }),
      "hashes": hashes,
      "files": inspection.files.count > 1 ? .array(inspection.files.indices.map(file)) : nil,
      "warnings": .array(inspection.warnings.map { .string($0) }),
    ])
  }

  private var modules: [JSONValue] {
    (inspection.adapter?.modules ?? []).enumerated().map { module($0, $1) }
  }

  private var blocks: [JSONValue] {
    let blocks: [JSONValue] = inspection.blocks.map { block($0) }
    return blocks + (inspection.model?.blocks ?? []).map { block($0) }
  }

  private var variants: JSONValue? {
    inspection.model.map { .array($0.variants.map { .string($0) }) }
  }

  private var components: JSONValue? {
    inspection.model.map { .array($0.components.map { component($0) }) }
  }

  private var tensorList: JSONValue? {
    guard parts.listsTensors else { return nil }
    return .array(
      inspection.files.flatMap { file in file.header.tensors.map { tensor($0, in: file) } })
  }

  /// Of a single file; several have their own.
  private var hashes: JSONValue? {
    guard let hashes = parts.hashes, hashes.count == 1 else { return nil }
    return HashFacts(hashes[0], inspection.metadata).document
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

  private func block(_ block: ModelSurvey.Block) -> JSONValue {
    .object([
      "name": .string(block.name), "component": .string(block.component),
      "tensors": .integer(block.tensorCount), "parameters": .integer(block.parameterCount),
    ])
  }

  private func component(_ component: ModelSurvey.Component) -> JSONValue {
    .object([
      "name": .string(component.name), "class": component.className.map { .string($0) },
      "tensors": .integer(component.tensorCount),
      "parameters": .integer(component.parameterCount), "bytes": .integer(component.byteCount),
      "dtypes": .object(
        pairs: component.types.map { ($0.dtype.rawValue, .integer($0.count)) }),
      "scales": .integer(component.scaleCount), "files": .integer(component.fileCount),
    ])
  }

  private func facts(_ facts: [TrainingFacts.Fact]) -> JSONValue {
    .object(pairs: facts.map { ($0.label, .string($0.value)) })
  }

  /// One of several files.
  private func file(_ index: Int) -> JSONValue {
    let file = inspection.files[index]
    return .object([
      "file": .string(file.path), "bytes": .integer(file.byteCount),
      "compression": .string(file.compression.rawValue),
      "tensors": .integer(file.header.tensors.count),
      "hashes": parts.hashes.map { HashFacts($0[index], file.header.metadata).document },
    ])
  }

  private func tensor(_ entry: TensorEntry, in file: SafetensorsFile) -> JSONValue {
    .object([
      "file": inspection.files.count > 1 ? .string(file.path) : nil,
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

  private func module(_ index: Int, _ module: AdapterModule) -> JSONValue {
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
      "statistics": parts.statistics.flatMap { StatisticsDocument($0).module(at: index) },
    ])
  }
}
