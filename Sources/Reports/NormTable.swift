internal import Fusion

/// Frobenius norms of the fused delta and of what each adapter adds to it, block by block.
struct NormTable {
  private let statistics: FusedStatistics
  private let target: ReportTarget

  /// Beyond these, blocks and adapters are left out, with a note.
  static let (rowLimit, columnLimit) = (300, 24)

  init(_ statistics: FusedStatistics, _ target: ReportTarget) {
    (self.statistics, self.target) = (statistics, target)
  }

  var markup: Markup {
    let columns = columns
    let blocks = statistics.blocks
    let fused = BarScale(blocks.compactMap(\.frobeniusNorm))
    let largest =
      blocks.flatMap { block in columns.compactMap { block.contributions[$0] } }.max() ?? 0
    let rows: [Markup] = blocks.prefix(Self.rowLimit).map { block in
      row(block, .isolated(block.name.shortenedInside(to: 60)), columns, largest, fused)
    }
    let names = columns.map(name)
    let total = row(statistics.total, "all", columns, 0, nil)
    return """
      \(Markup.scrolling)<table class="heat norms\(HeatMap.areTall(names) ? " tall" : "")">
      <caption>Frobenius norms: ‖ΔW‖ of the fused delta, and ‖wᵢ ΔWᵢ‖ of what each adapter adds to \
      it. Norms of parts do not add up to that of their sum.</caption>
      <thead><tr><th scope="col" class="corner">Block</th>\
      <th scope="col" class="number">Modules</th><th scope="col" class="number">‖ΔW‖</th>\
      <td class="bars"></td>\(HeatMap.heads(names))</tr></thead>
      <tbody>\(rows)</tbody><tfoot>\(total)</tfoot></table></div>
      \(limits(columns.count))
      """
  }

  private func name(of column: Int) -> String {
    let index = statistics.adapters[column]
    return index < target.adapters.count ? target.adapters[index].name : "adapter \(index + 1)"
  }

  /// The places of the adapters with the largest norms, in their own order.
  private var columns: [Int] {
    let norms = statistics.total.contributions
    return norms.indices.sorted { (norms[$1] ?? 0, $0) < (norms[$0] ?? 0, $1) }
      .prefix(Self.columnLimit).sorted()
  }

  private func row(
    _ block: FusedStatistics.Block, _ title: Markup, _ columns: [Int], _ largest: Double,
    _ scale: BarScale?
  ) -> Markup {
    let cells: [Markup] = columns.map { column in
      guard let norm = block.contributions[column] else { return "<td class=\"zero\">–</td>" }
      let step = ColourRamp.name(of: norm, largest: largest)
      return "<td class=\"\(step)\">\(NumberText.significant(norm))</td>"
    }
    return """
      <tr><th scope="row">\(title)</th><td class="number">\(block.moduleCount)</td>\
      <td class="number">\(block.frobeniusNorm.map(NumberText.significant) ?? "–")</td>\
      <td class="bars">\(block.frobeniusNorm.flatMap { scale?.bar($0) } ?? "")</td>\(cells)</tr>

      """
  }

  private func limits(_ columnCount: Int) -> Markup {
    var parts: [String] = []
    if statistics.blocks.count > Self.rowLimit {
      parts.append("the first \(Self.rowLimit) of \(statistics.blocks.count) blocks")
    }
    if statistics.adapters.count > columnCount {
      parts.append("the \(columnCount) of \(statistics.adapters.count) adapters that add most")
    }
    let dashes: Markup =
      statistics.total.contributions.contains(nil)
      ? "<p class=\"limit\">– stands for a delta that depends on the base.</p>\n" : ""
    guard !parts.isEmpty else { return dashes }
    return "<p class=\"limit\">Shown are \(parts.joined(separator: " and ")).</p>\n\(dashes)"
  }
}
