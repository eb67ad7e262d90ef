import Formats
import TextEncoders

/// Embedded texts as a page for the terminal: how each was read, and how alike they are.
struct EmbedPage {
  private let embedded: EmbeddedTexts
  private let style: Style
  private let width: Int

  init(_ embedded: EmbeddedTexts, style: Style, width: Int) {
    (self.embedded, self.style, self.width) = (embedded, style, width)
  }

  func print() throws { try StandardOutput.print(lines.joined(separator: "\n")) }

  /// A column of a cosine takes this much, with the space before it.
  private static let cosineWidth = 8

  private var lines: [String] {
    let encoder = embedded.encoder
    let summary =
      "encoder \(encoder.spec) (\(encoder.id)), dimension \(encoder.dimension); cosines by number"
    return [style.dim(summary), ""] + table
  }

  private var table: [String] {
    let rows = embedded.rows
    let textWidth = max(16, min(48, width / 2))
    let columns = max(0, min(rows.count, (width - textWidth - 26) / Self.cosineWidth))
    var table = TextTable(
      [.right, .left, .right, .right] + (0..<columns).map { _ in .right })
    table.add(["", "text", "tokens", "windows"] + (0..<columns).map { "\($0 + 1)" })
    for (index, row) in rows.enumerated() {
      let cosines = (0..<columns).map { other in
        Quantity.decimal(row.embedding.cosine(with: rows[other].embedding), 3)
      }
      table.add(
        ["\(index + 1)", row.embedded.truncated(to: textWidth)]
          + ["\(row.embedding.tokens)", "\(row.embedding.windows)"] + cosines)
    }
    return table.lines { index, line in index == 0 ? style.bold(line) : line }
  }
}
