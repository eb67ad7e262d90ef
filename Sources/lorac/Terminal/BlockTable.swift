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
  private let width: Int

  init(_ blocks: [ModuleBlock], style: Style, width: Int) {
    (self.style, self.width) = (style, max(width, 60))
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
    let shown = rows.prefix(Self.rowLimit)
    let names = shown.map(name)
    let counts = shown.map { row in
      ["\(row.first.modules.count)"]
        + kinds.map { row.first.counts[$0].map { "\($0)" } ?? "·" }
    }
    let titles = titles(kinds, beside: names, counts)
    let column = NameColumn(names, width: nameWidth(titles, counts))
    var table = TextTable([.left] + titles.map { _ in .right })
    table.add(["  block"] + titles)
    for (name, counts) in zip(column.texts, counts) { table.add(["    " + name] + counts) }
    let lines = table.lines()
    return [style.bold(lines[0])] + column.lines(lines.dropFirst(), indent: 4, width: width)
      + column.legend(style: style, width: width)
      + Self.rest(rows.count, option: "--modules", style: style)
  }

  /// The titles of the numbers, shorter where the names need their room.
  private func titles(
    _ kinds: [ModuleBlock.Kind], beside names: [String], _ counts: [[String]]
  ) -> [String] {
    let long = ["modules"] + kinds.map(\.rawValue)
    let longest = names.map(\.terminalWidth).max() ?? 0
    guard longest > nameWidth(long, counts) else { return long }
    return ["modules"] + kinds.map(Self.shortTitle)
  }

  private static func shortTitle(_ kind: ModuleBlock.Kind) -> String {
    switch kind {
    case .attention: "attn"
    case .feedForward: "ff"
    case .convolution: "conv"
    case .norm, .other: kind.rawValue
    }
  }

  /// The columns that numbers leave for names.
  private func nameWidth(_ titles: [String], _ counts: [[String]]) -> Int {
    titles.indices.reduce(width - 4) { room, index in
      room - 2 - max(titles[index].count, counts.map { $0[index].count }.max() ?? 0)
    }
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
