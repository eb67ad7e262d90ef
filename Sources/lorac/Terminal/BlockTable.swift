import Formats
import Fusion

/// Which blocks of a model an adapter changes, those that are alike in one row.
struct BlockTable {
  private struct Row {
    let first: ModuleBlock
    var last: ModuleBlock
  }

  private let rows: [Row]
  private let style: Style

  init(_ blocks: [ModuleBlock], style: Style) {
    self.style = style
    var rows: [Row] = []
    for block in blocks {
      if let row = rows.last, Self.follows(block, row.last) {
        rows[rows.count - 1].last = block
      } else {
        rows.append(Row(first: block, last: block))
      }
    }
    self.rows = rows
  }

  /// Whether `block` is the next of the same list, with as many modules of each kind.
  private static func follows(_ block: ModuleBlock, _ previous: ModuleBlock) -> Bool {
    guard block.component == previous.component, block.counts == previous.counts,
      let (list, number) = numbered(block.path), let (other, before) = numbered(previous.path)
    else { return false }
    return list == other && number == before &+ 1
  }

  /// A path that ends in a number, divided before it.
  static func numbered(_ path: String) -> (list: Substring, number: Int)? {
    guard let dot = path.lastIndex(of: "."), let number = Int(path[path.index(after: dot)...])
    else { return nil }
    return (path[..<dot], number)
  }

  var lines: [String] {
    guard !rows.isEmpty else { return [] }
    let kinds = ModuleBlock.Kind.allCases.filter { kind in
      rows.contains { $0.first.counts[kind] != nil }
    }
    var table = TextTable([.left, .right] + kinds.map { _ in .right })
    table.add(["  block", "modules"] + kinds.map(\.rawValue))
    for row in rows.prefix(Self.rowLimit) {
      let counts = kinds.map { row.first.counts[$0].map { "\($0)" } ?? "·" }
      table.add(["    \(name(of: row))", "\(row.first.modules.count)"] + counts)
    }
    return table.lines { $0 == 0 ? style.bold($1) : $1 }
      + Self.rest(rows.count, option: "--modules", style: style)
  }

  /// The rows that a list of blocks has at most.
  static let rowLimit = 60

  /// Says how many of `count` rows are not shown, and what shows them.
  static func rest(_ count: Int, option: String, style: Style) -> [String] {
    count > rowLimit ? [style.dim("    and \(count - rowLimit) more: \(option)")] : []
  }

  private func name(of row: Row) -> String {
    guard row.first != row.last, let (_, number) = Self.numbered(row.last.path) else {
      return row.first.name
    }
    return "\(row.first.name) to \(number), each"
  }
}
