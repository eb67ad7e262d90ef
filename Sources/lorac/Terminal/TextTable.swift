import Formats

/// Lays out rows of cells in aligned columns.
struct TextTable {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  init(_ alignments: [Alignment]) { self.alignments = alignments }

  mutating func add(_ cells: [String]) { rows.append(cells.map(printable)) }

  /// The columns up to which a cell widens the rows of others.
  ///
  /// Names come from files: were all rows as wide as the longest, a small file could fill the memory.
  private static let widthLimit = 100

  /// The rows as lines, two spaces between columns; `style` may colour the line of that index.
  ///
  /// Cells wider than a limit push only their own row to the right.
  func lines(style: (Int, String) -> String = { $1 }) -> [String] {
    var widths = alignments.map { _ in 0 }
    let cellWidths = rows.map { $0.map(\.terminalWidth) }
    for row in cellWidths {
      for (column, width) in row.enumerated() where width <= Self.widthLimit {
        widths[column] = max(widths[column], width)
      }
    }
    return rows.enumerated().map { index, row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let missing = max(0, widths[column] - cellWidths[index][column])
        let padding = String(repeating: " ", count: missing)
        let isLast = column == row.count - 1
        switch alignments[column] {
        case .left: line += cell + (isLast ? "" : padding)
        case .right: line += padding + cell
        }
        if !isLast { line += "  " }
      }
      return style(index, line)
    }
  }
}
