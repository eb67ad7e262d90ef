import Formats
import Fusion

/// What a file is, as a page for the terminal.
struct InspectPage {
  private let inspection: FileInspection
  private let style: Style
  private let width: Int
  private let parts: InspectParts

  init(_ inspection: FileInspection, style: Style, width: Int, parts: InspectParts) {
    (self.inspection, self.style, self.width) = (inspection, style, width)
    self.parts = parts
  }

  func print() throws {
    try StandardOutput.print(lines: lines)
  }

  private var lines: [String] {
    var lines = [style.bold(printable(inspection.path))]
    var list = FactList(indent: 2, style: style, width: width)
    for (label, value) in facts { list.add(label, value) }
    lines += list.lines
    if let statistics = parts.statistics {
      let table = StatisticsTable(statistics, style: style, width: width)
      lines += table.lines + table.moduleLines(listsAll: parts.listsModules)
    } else if !inspection.blocks.isEmpty {
      lines += [""] + BlockTable(inspection.blocks, style: style, width: width).lines
    }
    if let model = inspection.model {
      lines += ModelTables(model, style: style, width: width).lines
      lines += section("configuration", model.configuration.facts.map { [$0.label, $0.value] })
    }
    lines += trainingLines
    lines += hashLines
    if parts.listsModules { lines += moduleTable }
    if parts.listsTensors { lines += tensorTable }
    lines += metadataLines
    return lines
      + inspection.warnings.flatMap { PageWarning.lines($0, style: style, width: width) }
  }

  private var facts: [(String, String)] {
    let files = inspection.files
    let compression =
      inspection.compression.map { $0 == .none ? "" : ", \($0.rawValue)" } ?? ", some of it zstd"
    let layout = inspection.model.map {
      $0.files.layout == .file ? "" : ", \($0.files.layout.rawValue)"
    }
    var facts = [
      ("kind", inspection.kind.rawValue + (layout ?? "")),
      (
        "size",
        "\(Quantity.bytes(inspection.byteCount))\(compression), "
          + (files.count > 1 ? "\(files.count) files, " : "")
          + "\(Quantity.count(inspection.tensors.count, "tensor")), "
          + "\(Quantity.grouped(inspection.parameterCount)) parameters"
      ),
    ]
    if let model = inspection.model {
      let family = inspection.family
      facts.append(("family", "\(family.name ?? "unknown") (\(family.evidence))"))
      facts += model.variants.map { ("variant", $0) }
    }
    if let adapter = inspection.adapter { facts += adapterFacts(adapter) }
    if let key = inspection.key {
      facts.append(("key", "\(key.texts.joined(separator: " | ")) (\(key.source))"))
      if !key.triggers.isEmpty { facts.append(("triggers", key.triggers.joined(separator: ", "))) }
    }
    if !inspection.trainedTriggers.isEmpty { facts.append(("triggers", trainedTriggers)) }
    return facts
  }

  private func adapterFacts(_ adapter: AdapterFile) -> [(String, String)] {
    let modules = adapter.modules
    let family = inspection.family
    return [
      ("dialect", adapter.dialect.rawValue),
      ("family", "\(family.name ?? "unknown") (\(family.evidence))"),
      ("modules", components(of: modules)),
      (
        "algorithm",
        distribution(modules.map { ($0.algorithm.stored.name, $0.algorithm.stored.name) })
      ),
      ("rank", distribution(modules.compactMap(\.rank).map { ($0, "\($0)") })),
      ("alpha", distribution(modules.map { ($0.scale.alpha ?? -1, alpha($0.scale)) })),
      (
        "scale",
        distribution(modules.map { ($0.scale.value, short($0.scale.value)) }) + ", from: "
          + Set(modules.map(\.scale.source.rawValue)).sorted().joined(separator: ", ")
      ),
      ("dtype", distribution(modules.map { ($0.dtypeNames, $0.dtypeNames) })),
    ].filter { !$0.1.isEmpty }
  }

  private func components(of modules: [AdapterModule]) -> String {
    let counts = Dictionary(grouping: modules, by: \.target.component).mapValues(\.count)
    let parts = counts.sorted { $0.key < $1.key }.map { component, count in
      "\(count) \(component == .model ? "model" : component.rawValue)"
    }
    let convolutions = modules.count { $0.weightShape?.count ?? 0 > 2 }
    return "\(modules.count): \(parts.joined(separator: ", "))"
      + (convolutions > 0 ? "; \(convolutions) convolutions" : "")
  }

  private func alpha(_ scale: AdapterScale) -> String { scale.alpha.map(short) ?? "none" }

  private func short(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? Quantity.decimal(value, 4)
  }

  /// Each distinct value once, in order, with its count where there are several.
  private func distribution<Order: Comparable>(_ values: [(Order, String)]) -> String {
    let counts = Dictionary(grouping: values, by: \.1).mapValues(\.count)
    var seen: Set<String> = []
    let distinct = values.sorted { $0.0 < $1.0 }.map(\.1).filter { seen.insert($0).inserted }
    guard distinct.count > 1 else { return distinct.first ?? "" }
    let shown = distinct.prefix(6).map { "\($0) (\(counts[$0] ?? 0))" }.joined(separator: ", ")
    return distinct.count > 6 ? shown + ", …" : shown
  }

  private var moduleTable: [String] {
    let rows = (inspection.adapter?.modules ?? []).map { module in
      [
        "  " + "\(module.target)".pageName, module.algorithm.stored.name,
        module.rank.map { "\($0)" } ?? "", short(module.scale.value), module.dtypeNames,
        module.weightShape.map { "\($0)" } ?? "",
      ]
    }
    return listing(
      ["  module", "algorithm", "rank", "scale", "dtype", "weight"], rows,
      [.left, .left, .right, .right, .left, .left])
  }

  private var tensorTable: [String] {
    let rows = inspection.files.flatMap { file -> [[String]] in
      let heading = inspection.files.count > 1 ? [["  \(file.path)"]] : []
      return heading
        + file.header.tensors.map { entry in
          [
            "  " + entry.name.string.pageName, entry.dtype.rawValue, "\(entry.shape)",
            "\(entry.byteRange.count)",
          ]
        }
    }
    return listing(
      ["  tensor", "dtype", "shape", "bytes"], rows, [.left, .left, .left, .right])
  }

  /// A table whose names are in full; where that is too wide for the terminal, names have lines of their
  /// own.
  private func listing(
    _ titles: [String], _ rows: [[String]], _ alignments: [TextTable.Alignment]
  ) -> [String] {
    var table = TextTable(alignments)
    for row in [titles] + rows { table.add(row) }
    let lines = table.lines()
    if !StandardOutput.isTerminal || lines.allSatisfy({ $0.terminalWidth <= width }) {
      return [""] + lines.enumerated().map { $0 == 0 ? style.bold($1) : $1 }
    }
    var details = TextTable(Array(alignments.dropFirst()))
    for row in [titles] + rows { details.add(row.dropFirst().map { $0 }) }
    return [""]
      + zip([titles] + rows, details.lines()).enumerated().flatMap { index, row in
        let (name, rest) = (printable(row.0[0]), "      " + row.1)
        return index == 0
          ? [style.bold(name), style.bold(rest)]
          : row.0.count == 1 ? [name] : [name, style.dim(rest)]
      }
  }

  private var trainingLines: [String] {
    let training = inspection.training
    let tags = listed(training.tags, limit: Self.tagLimit) { tag in
      "\(tag.text.prefix(Self.textLimit)) (\(tag.count))"
    }
    let rows = training.facts.map { [$0.label, $0.value] } + folderRows
    return section(
      "training", rows + (tags.isEmpty ? [] : [["tags", tags]]))
  }

  /// A row for each folder of training images, as far as there is room.
  private var folderRows: [[String]] {
    let folders = inspection.training.folders
    let more = folders.count - Self.folderLimit
    let shown = folders.prefix(Self.folderLimit).map(\.description)
    return (shown + (more > 0 ? ["and \(more) more"] : [])).enumerated().map { index, text in
      [index == 0 ? "datasets" : "", text]
    }
  }

  private var trainedTriggers: String {
    listed(inspection.trainedTriggers, limit: Self.triggerLimit, \.description)
  }

  private func listed<Element>(
    _ elements: [Element], limit: Int, _ text: (Element) -> String
  ) -> String {
    let more = elements.count - limit
    return (elements.prefix(limit).map(text) + (more > 0 ? ["and \(more) more"] : []))
      .joined(separator: ", ")
  }

  private static let tagLimit = 12
  private static let triggerLimit = 6
  private static let folderLimit = 5
  /// Characters of a tag; there may be whole captions, and worse.
  private static let textLimit = 200

  private var hashLines: [String] {
    guard let hashes = parts.hashes else { return [] }
    return zip(hashes, inspection.files).flatMap { hashes, file in
      let several = inspection.files.count > 1
      let title = several ? "hashes of \(printable(file.path))" : "hashes"
      return ["", style.bold("  \(title)")]
        + HashFacts(hashes, file.header.metadata).lines(style: style, width: max(width, 60))
    }
  }

  /// A heading, and rows below it; nothing where there are no rows.
  private func section(_ title: String, _ rows: [[String]]) -> [String] {
    guard !rows.isEmpty else { return [] }
    let title = ["", style.bold("  \(title)")]
    var list = FactList(indent: 4, style: style, width: width)
    for row in rows { list.add(row[0], row[1]) }
    return title + list.lines
  }

  private var metadataLines: [String] {
    let entries = inspection.metadata
    guard parts.showsMetadata else {
      let count = entries.count
      return count == 0
        ? ["  no metadata"]
        : [style.dim("  \(count) metadata \(count == 1 ? "entry" : "entries"): --metadata")]
    }
    let sorted = entries.sorted { TensorName($0.key) < TensorName($1.key) }
    return ["", style.bold("  metadata")]
      + (StandardOutput.isTerminal ? readable(sorted) : whole(sorted))
  }

  /// Values as far as people read them.
  private func readable(_ entries: [(key: String, value: String)]) -> [String] {
    var list = FactList(indent: 4, style: style, width: width, lineLimit: Self.valueLines) {
      "… \(Quantity.grouped($0)) more characters (--json has all)"
    }
    for (key, value) in entries { list.add(key, Self.dataAddress(value) ?? value) }
    return list.lines
  }

  /// Programs get values whole.
  private func whole(_ entries: [(key: String, value: String)]) -> [String] {
    var table = TextTable([.left, .left])
    for (key, value) in entries { table.add(["    \(key.pageName)", value]) }
    return table.lines()
  }

  private static let valueLines = 6

  /// The type and size of a file, most often a picture, that `value` is the address and content of; nil
  /// where it is none, or short.
  private static func dataAddress(_ value: String) -> String? {
    guard value.hasPrefix("data:"), value.utf8.count > String.nameLimit else { return nil }
    let bytes = value.utf8.prefix(32).prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ";") }
    let type = String(decoding: bytes, as: UTF8.self)
    return "\(type)… \(Quantity.bytes(value.utf8.count)) (--json has all)"
  }
}

extension AdapterModule {
  /// The types of the tensors, most often one.
  var dtypeNames: String {
    dtypes.sorted { $0.order < $1.order }.map(\.rawValue).joined(separator: ", ")
  }
}
