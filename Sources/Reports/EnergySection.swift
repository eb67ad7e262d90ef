internal import Fusion

/// How much of the fused delta an approximation of each rank keeps: a curve, and its numbers.
struct EnergySection {
  private let statistics: FusedStatistics
  private let target: ReportTarget

  private static let shares = [0.9, 0.95, 0.99, 0.999]

  init(_ statistics: FusedStatistics, _ target: ReportTarget) {
    (self.statistics, self.target) = (statistics, target)
  }

  var markup: Markup {
    let total = statistics.total.energy
    guard !total.shares.isEmpty else {
      return "<p>No singular values are known.</p>\n"
    }
    return """
      <figure>\(EnergyChart(total, statistics.blocks.map(\.energy)).markup)
      <figcaption>Share of ‖ΔW‖² that is kept when every module is cut to rank r \
      (Eckart and Young): all modules together, and each block as a thin line.\(cut)\(unknown)</figcaption></figure>
      \(table)
      """
  }

  private var cut: Markup {
    statistics.isCut
      ? " Singular values are known as far as they were written, so the curve ends there." : ""
  }

  private var unknown: Markup {
    guard statistics.withoutSpectrum > 0 else { return "" }
    return """
       \(NumberText.count(statistics.withoutSpectrum, "module")) not in it: too large for its \
      singular values to be found quickly, or dependent on the base.
      """
  }

  private var table: Markup {
    let heads: [Markup] = Self.shares.map { share in
      let percent = NumberText.decimal(share * 100, share < 0.995 ? 0 : 1)
      return "<th scope=\"col\" class=\"number\">\(percent) %</th>"
    }
    func row(_ block: FusedStatistics.Block, _ title: Markup) -> Markup {
      let cells: [Markup] = Self.shares.map { share in
        let rank = block.energy.rank(keeping: share).map(String.init)
        return "<td class=\"number\">\(rank ?? "> \(block.energy.shares.count)")</td>"
      }
      return "<tr><th scope=\"row\">\(title)</th>\(cells)</tr>\n"
    }
    let known = statistics.blocks.filter { !$0.energy.shares.isEmpty }
    let rows: [Markup] = known.prefix(NormTable.rowLimit).map {
      row($0, .isolated($0.name.shortenedInside(to: 60)))
    }
    return """
      \(Markup.scrolling)<table class="ranks">
      <caption>The least rank, the same for all modules of a block, that keeps a share of their \
      squared norm.</caption>
      <thead><tr><th scope="col">Block</th>\(heads)</tr></thead>
      <tbody>\(rows)</tbody><tfoot>\(row(statistics.total, "all"))</tfoot></table></div>

      """
  }
}

/// The curve as a picture.
struct EnergyChart {
  private let total: EnergyCurve
  private let blocks: [EnergyCurve]

  private static let (left, top, width, height) = (44.0, 10.0, 500.0, 230.0)
  /// Points of a line; more would not be seen.
  private static let pointLimit = 128
  /// Lines beside the first; more would not be told apart.
  private static let blockLimit = 64

  init(_ total: EnergyCurve, _ blocks: [EnergyCurve]) {
    (self.total, self.blocks) = (total, blocks)
  }

  private var rankCount: Int { total.shares.count }

  private func x(_ rank: Double) -> Double {
    Self.left + rank / Double(max(1, rankCount)) * Self.width
  }

  private func y(_ share: Double) -> Double { Self.top + (1 - share) * Self.height }

  private func text(_ value: Double) -> String { NumberText.decimal(value, 1) }

  var markup: Markup {
    let lines: [Markup] = blocks.prefix(Self.blockLimit).filter { !$0.shares.isEmpty }.map {
      line($0, "block")
    }
    return """
      <svg class="chart" viewBox="0 0 560 286" role="img" aria-label="\(description)">
      \(grid)\(lines)\(line(total, "all"))
      <text class="axis" x="\(text(Self.left + Self.width / 2))" y="282" \
      text-anchor="middle">rank r</text></svg>
      """
  }

  private var description: String {
    let ranks = [0.9, 0.99].compactMap { share in
      total.rank(keeping: share).map { "rank \($0) keeps \(Int(share * 100)) %" }
    }
    let end = NumberText.decimal((total.shares.last ?? 0) * 100, 2)
    return "Curve of the kept energy over the rank: "
      + (ranks + ["rank \(rankCount) keeps \(end) %"]).joined(separator: ", ") + "."
  }

  /// From nothing at rank 0; a block of lesser rank goes on with all of it.
  private func line(_ curve: EnergyCurve, _ name: String) -> Markup {
    let count = curve.shares.count
    let step = max(1, (count + Self.pointLimit - 1) / Self.pointLimit)
    var ranks = Array(stride(from: 1, through: count, by: step))
    if ranks.last != count { ranks.append(count) }
    var points = [(0.0, 0.0)] + ranks.map { (Double($0), curve.shares[$0 - 1]) }
    if count < rankCount { points.append((Double(rankCount), curve.shares[count - 1])) }
    let list = points.map { "\(text(x($0.0))),\(text(y($0.1)))" }.joined(separator: " ")
    return "<polyline class=\"\(name)\" points=\"\(list)\"/>\n"
  }

  private var grid: Markup {
    let shares: [Markup] = [0, 0.25, 0.5, 0.75, 0.9, 1].map { share in
      let place = text(y(share))
      return """
        <line class="grid" x1="\(text(Self.left))" x2="\(text(Self.left + Self.width))" \
        y1="\(place)" y2="\(place)"/>\
        <text class="axis" x="\(text(Self.left - 6))" y="\(text(y(share) + 4))" \
        text-anchor="end">\(Int(share * 100)) %</text>

        """
    }
    let ranks: [Markup] = ticks.map { rank in
      """
      <text class="axis" x="\(text(x(Double(rank))))" y="\(text(Self.top + Self.height + 16))" \
      text-anchor="middle">\(rank)</text>

      """
    }
    return "\(shares)\(ranks)"
  }

  /// Round ranks, about six of them, and the last.
  private var ticks: [Int] {
    let raw = max(1, rankCount / 6)
    let step =
      [1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64, 100, 128, 200, 256].first { $0 >= raw } ?? 512
    let round = stride(from: step, through: rankCount, by: step).filter {
      $0 == rankCount || rankCount - $0 >= step / 2 + step / 4
    }
    return [0] + round + (round.last == rankCount ? [] : [rankCount])
  }
}
