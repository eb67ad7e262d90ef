/// A table of numbers on coloured ground.
struct HeatMap {
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
    let body: [Markup] = rows.map { row(of: $0, largest) }
    let foot: Markup =
      summary.map { "<tfoot>\(row(of: $0, largest))</tfoot>" } ?? ""
    return """
      \(Markup.scrolling)<table class="heat\(Self.areTall(columns) ? " tall" : "")">
      <caption>\(caption) \(legend(largest))</caption>
      <thead><tr><th scope="col" class="corner">\(corner)</th>\(Self.heads(columns))</tr></thead>
      <tbody>\(body)</tbody>\(foot)</table></div>

      """
  }

  /// The heads of columns, shortened; whole where a pointer rests on them.
  static func heads(_ names: [String]) -> [Markup] {
    names.map { name in
      """
      <th scope="col" title="\(name.shortened(to: 300))"><span>\
      \(.isolated(name.shortenedInside(to: 26)))</span></th>
      """
    }
  }

  /// Whether the heads stand upright, as they would make the columns too wide.
  static func areTall(_ names: [String]) -> Bool {
    names.count > 4 || names.contains { $0.unicodeScalars.count > 12 }
  }

  private func row(of row: Row, _ largest: Double) -> Markup {
    let cells: [Markup] = row.values.map { value in
      guard let value else { return "<td class=\"zero\">–</td>" }
      return """
        <td class="\(ColourRamp.name(of: value, largest: largest))">\(format(value))</td>
        """
    }
    return "<tr><th scope=\"row\">\(row.title)</th>\(cells)</tr>\n"
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
      <span class="swatches" aria-hidden="true">\(negative)\(positive)</span>\
      \(format(largest))</span>
      """
  }
}
