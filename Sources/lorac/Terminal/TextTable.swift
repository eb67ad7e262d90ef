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

extension String {
  /// The columns that the text takes on a terminal: two for wide East Asian characters and emoji.
  var terminalWidth: Int {
    reduce(0) { width, character in
      guard let scalar = character.unicodeScalars.first else { return width }
      let isWide =
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
          0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
          true
        default: false
        }
      return width + (isWide ? 2 : 1)
    }
  }

  /// The text cut to `limit` columns, with an ellipsis where something is gone.
  func truncated(to limit: Int) -> String {
    guard terminalWidth > limit else { return self }
    var result = ""
    for character in self {
      guard (result + String(character)).terminalWidth < limit else { break }
      result.append(character)
    }
    return result + "…"
  }

  /// The text cut in its middle to `limit` columns: the end of a module's name tells as much as its
  /// start.
  func shortenedInside(to limit: Int) -> String {
    let text = printable(self)
    guard text.count > limit, limit > 3 else { return text }
    return text.prefix(limit / 2) + "…" + text.suffix(limit - limit / 2 - 1)
  }

  /// The text in lines of at most `limit` columns, divided at spaces, and within words that are
  /// longer.
  func wrapped(to limit: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ", omittingEmptySubsequences: false) {
      let joined = line.isEmpty ? String(word) : "\(line) \(word)"
      if joined.terminalWidth <= limit {
        line = joined
        continue
      }
      if !line.isEmpty { lines.append(line) }
      line = ""
      for character in word {
        if (line + String(character)).terminalWidth > limit {
          lines.append(line)
          line = ""
        }
        line.append(character)
      }
    }
    return lines + [line]
  }
}
