import Formats
import Fusion

/// The components and blocks of a model, as tables for the terminal.
struct ModelTables {
  private let model: ModelSurvey
  private let style: Style
  private let width: Int

  init(_ model: ModelSurvey, style: Style, width: Int) {
    (self.model, self.style, self.width) = (model, style, max(width, 60))
  }

  var lines: [String] { components + blocks }

  private var components: [String] {
    guard !model.components.isEmpty else { return [] }
    let hasClasses = model.components.contains { $0.className != nil }
    var table = TextTable([.left, .right, .right, .right, .right, .left, .left])
    let hasFiles = model.files.files.count > model.components.count
    let titles = [
      "  component", "parameters", "bytes", "tensors", hasFiles ? "files" : "", "types",
    ]
    table.add(titles + (hasClasses ? ["class"] : []))
    for component in model.components.prefix(BlockTable.rowLimit) {
      table.add(
        [
          "    " + (component.name.isEmpty ? "model" : component.name.pageName),
          Quantity.short(component.parameterCount), Quantity.bytes(component.byteCount),
          "\(component.tensorCount)", hasFiles ? "\(component.fileCount)" : "",
          types(of: component),
        ] + (component.className.map { [$0] } ?? []))
    }
    return [""] + lines(of: table)
      + BlockTable.rest(model.components.count, option: "--json", style: style)
  }

  /// The most frequent type, and the share of the parameters that are of others.
  private func types(of component: ModelSurvey.Component) -> String {
    guard let first = component.types.first else { return "" }
    let total = Double(max(1, component.parameterCount))
    var others = component.types.dropFirst().map { type in
      let share = Double(type.count) / total * 100
      return "\(type.dtype.rawValue) \(share < 0.1 ? "<0.1" : Quantity.decimal(share, 1)) %"
    }
    if component.scaleCount > 0 { others.append(Quantity.count(component.scaleCount, "scale")) }
    return first.dtype.rawValue + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")))")
  }

  private struct Row {
    let first: ModelSurvey.Block
    var last: ModelSurvey.Block
  }

  /// Blocks that follow each other and are alike are one row.
  private var rows: [Row] {
    var rows: [Row] = []
    for block in model.blocks {
      if let row = rows.last, Self.follows(block, row.last) {
        rows[rows.count - 1].last = block
      } else {
        rows.append(Row(first: block, last: block))
      }
    }
    return rows
  }

  private static func follows(_ block: ModelSurvey.Block, _ previous: ModelSurvey.Block) -> Bool {
    guard block.component == previous.component, block.tensorCount == previous.tensorCount,
      block.parameterCount == previous.parameterCount,
      let (list, number) = BlockTable.numbered(block.path),
      let (other, before) = BlockTable.numbered(previous.path)
    else { return false }
    return list == other && number == before &+ 1
  }

  private var blocks: [String] {
    let rows = rows
    guard rows.count > 1 else { return [] }
    let largest = rows.map(\.first.parameterCount).max() ?? 0
    let barWidth = width >= 120 ? 32 : 12
    var table = TextTable([.left, .right, .right, .left])
    table.add(["  block", "tensors", "parameters", ""])
    for row in rows.prefix(BlockTable.rowLimit) {
      var name = row.first.name
      if row.first != row.last, let (_, number) = BlockTable.numbered(row.last.path) {
        name += " to \(number), each"
      }
      let share = largest > 0 ? Double(row.first.parameterCount) / Double(largest) : 0
      table.add([
        "    \(name.shortenedInside(to: max(24, width - 30 - barWidth)))",
        "\(row.first.tensorCount)", Quantity.short(row.first.parameterCount),
        Quantity.bar(share, width: barWidth),
      ])
    }
    return [""] + lines(of: table)
      + BlockTable.rest(rows.count, option: "--json", style: style)
  }

  private func lines(of table: TextTable) -> [String] {
    table.lines().map { $0.truncated(to: width) }.enumerated().map {
      $0 == 0 ? style.bold($1) : style.bars($1)
    }
  }
}
