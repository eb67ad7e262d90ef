import Formats
import Fusion

/// Several files, a row each.
struct InspectTable {
  private let inspections: [FileInspection]
  private let style: Style
  private let width: Int

  init(_ inspections: [FileInspection], style: Style, width: Int) {
    (self.inspections, self.style, self.width) = (inspections, style, max(width, 60))
  }

  func print() throws { try StandardOutput.print(lines: lines) }

  private static let titles = [
    "file", "size", "dialect", "family", "algorithm", "rank", "dtype", "key",
  ]
  /// The columns that the keys should have at least.
  private static let keyWidth = 20

  private var lines: [String] {
    let names = Self.names(of: inspections.map(\.path))
    let full = zip(inspections, names).map(row)
    let isWide = tableWidth(Array(Self.titles.indices), full) > width
    let capped = isWide ? full.map(capped) : full
    let columns = shown(of: capped)
    let rows = withShortNames(capped, columns)
    let alignments: [TextTable.Alignment] = [
      .left, .right, .left, .left, .left, .right, .left, .left,
    ]
    var table = TextTable(columns.map { alignments[$0] })
    table.add(columns.map { Self.titles[$0] })
    for row in rows { table.add(columns.map { row[$0] }) }
    let fitted = table.lines().map { $0.truncated(to: width) }
    let hidden = Self.titles.indices.filter { column in
      !columns.contains(column) && Set(rows.map { $0[column] }).count == 1
    }
    let common = hidden.map { "\(Self.titles[$0]) \(rows[0][$0])" }
    return fitted.enumerated().map { $0 == 0 ? style.bold($1) : $1 }
      + (common.isEmpty
        ? [] : "all: \(common.joined(separator: ", "))".wrapped(to: width).map(style.dim))
  }

  /// The columns that a family has at most where there is no room for all: free text out of one file
  /// must not take that of ranks and keys.
  private static let cellWidth = 24

  /// A row whose cells, but for the file and its key, are not wider than that.
  private func capped(_ row: [String]) -> [String] {
    row.enumerated().map { column, text in
      column == 0 || column == row.count - 1 ? text : text.truncated(to: Self.cellWidth)
    }
  }

  /// The rows with the names of files cut inside as far as the other columns need it.
  private func withShortNames(_ rows: [[String]], _ columns: [Int]) -> [[String]] {
    let longest = rows.map(\.[0].terminalWidth).max() ?? 0
    let excess = tableWidth(columns, rows) - width
    guard excess > 0 else { return rows }
    let limit = max(Self.cellWidth, longest - excess)
    return rows.map { [$0[0].shortenedInside(to: limit)] + $0.dropFirst() }
  }

  /// The columns of the terminal that `columns` of the table take, with as much of the keys as they
  /// should have at least.
  private func tableWidth(_ columns: [Int], _ rows: [[String]]) -> Int {
    let widths = columns.map { column in
      let cells = rows.map { $0[column].terminalWidth }.max() ?? 0
      let width = max(Self.titles[column].count, cells)
      return column == Self.titles.count - 1 ? min(width, Self.keyWidth) : width
    }
    return widths.reduce(2 * (columns.count - 1), +)
  }

  /// The columns that there is room for: those that are the same in all rows make way for the keys.
  private func shown(of rows: [[String]]) -> [Int] {
    let all = Array(Self.titles.indices)
    guard tableWidth(all, rows) > width else { return all }
    var columns = all.filter { column in
      column == 0 || column == all.count - 1 || Set(rows.map { $0[column] }).count > 1
    }
    for column in Self.lessImportant where tableWidth(columns, rows) > width {
      columns.removeAll { $0 == column }
    }
    return columns
  }

  /// What people miss least, first: types, sizes, algorithms.
  private static let lessImportant = [6, 1, 4]

  /// The names of files; those of one name have as many of the folders before them as tell them apart.
  private static func names(of paths: [String]) -> [String] {
    var names = paths.map { AdapterPath.name(of: $0) }
    let repeated = Dictionary(grouping: names.indices) { names[$0] }.values.filter { $0.count > 1 }
    for group in repeated {
      let folders = group.map { index in
        Folder.split(Folder.trimmed(paths[index])).folder.split(separator: "/").map(String.init)
      }
      let most = folders.map(\.count).max() ?? 0
      let name = names[group[0]]
      let longer = (1...max(1, most)).lazy.map { count in
        folders.map { ($0.suffix(count) + [name]).joined(separator: "/") }
      }
      guard let told = longer.first(where: { Set($0).count == group.count }) else { continue }
      for (index, text) in zip(group, told) { names[index] = text }
    }
    return names
  }

  private func row(_ inspection: FileInspection, _ name: String) -> [String] {
    let modules = inspection.adapter?.modules ?? []
    let ranks = modules.compactMap(\.rank)
    let span: String
    if let least = ranks.min(), let most = ranks.max() {
      span = least == most ? "\(least)" : "\(least)–\(most)"
    } else {
      span = ""
    }
    let algorithms = Set(modules.map(\.algorithm.stored.name)).sorted().joined(separator: "+")
    let dtypes = Set(inspection.tensors.map(\.dtype.rawValue)).sorted()
    let cells = [
      name, Quantity.bytes(inspection.byteCount),
      inspection.adapter?.dialect.rawValue ?? inspection.kind.rawValue,
      inspection.family.name ?? "unknown", algorithms, span, dtypes.joined(separator: "+"),
      inspection.key?.texts.joined(separator: " | ") ?? "",
    ]
    // Nothing is looked at beyond what a line can hold.
    return cells.map { printable(String($0.unicodeScalars.prefix(8 * width))).truncated(to: width) }
  }
}
