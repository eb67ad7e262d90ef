/// A table of numbers on coloured ground.
struct HeatMap {
  struct Column {
    let name: String
  }

  struct Row {
    let title: Markup
    /// One per column; nil where there is no number.
    let values: [Double?]
  }

  /// What the numbers are, for the caption.
  let caption: Markup
  /// What stands above the rows' titles.
  let corner: String
  let columns: [String]
  let rows: [Row]
  /// A last row that sums the others up.
  var summary: Row?
  let format: (Double) -> String

  /// The largest magnitude.
  private var largest: Double {
    (rows + [summary].compactMap(\.self)).flatMap(\.values).compactMap(\.self).filter(\.isFinite)
      .reduce(0) { max($0, $1.magnitude) }
  }

  var markup: Markup {
    let largest = largest
    let head: [Markup] = columns.map { name in
      """
      <th scope="col" title="\(name.shortened(to: 300))"><span>\
      \(.isolated(name.shortenedInside(to: 26)))</span></th>
      """
    }
    let body: [Markup] = rows.map { row(of: $0, largest, "row") }
    let foot: Markup =
      summary.map { "<tfoot>\(row(of: $0, largest, "row"))</tfoot>" } ?? ""
    let tall = columns.count > 4 || columns.contains { $0.unicodeScalars.count > 12 }
    return """
      \(Markup.scrolling)<table class="heat\(tall ? " tall" : "")">
      <caption>\(caption) \(legend(largest))</caption>
      <thead><tr><th scope="col" class="corner">\(corner)</th>\(head)</tr></thead>
      <tbody>\(body)</tbody>\(foot)</table></div>

      """
  }

  private func row(of row: Row, _ largest: Double, _ scope: String) -> Markup {
    let cells: [Markup] = row.values.map { value in
      guard let value else { return "<td class=\"zero\">–</td>" }
      return """
        <td class="\(ColourRamp.name(of: value, largest: largest))">\(format(value))</td>
        """
    }
    return "<tr><th scope=\"\(scope)\">\(row.title)</th>\(cells)</tr>\n"
  }

  /// What the grounds mean, in words and as swatches.
  private func legend(_ largest: Double) -> Markup {
    guard largest > 0 else { return "" }
    let hasNegative = rows.flatMap(\.values).contains { ($0 ?? 0) < 0 }
    let negative: [Markup] =
      hasNegative
      ? (0..<ColourRamp.stepCount).reversed().map { "<i class=\"n\($0)\"></i>" } : []
    let positive: [Markup] = (0..<ColourRamp.stepCount).map { "<i class=\"p\($0)\"></i>" }
    return """
      <span class="legend">\(hasNegative ? format(-largest) : "0")\
      <span class="swatches" aria-hidden="true">\(negative)\(positive)</span>\(format(largest))</span>
      """
  }
}
