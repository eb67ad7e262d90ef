import Formats
import Fusion
import LinearAlgebra

/// Norms and spectra of an adapter, block by block, as lines for the terminal.
struct StatisticsTable {
  private let statistics: DeltaStatistics
  private let style: Style
  private let width: Int

  init(_ statistics: DeltaStatistics, style: Style, width: Int) {
    (self.statistics, self.style, self.width) = (statistics, style, max(width, 60))
  }

  /// A line of the table: some modules, or one.
  private struct Row {
    let name: String
    let count: Int?
    let spectrum: DeltaSpectrum?
  }

  var lines: [String] {
    let blocks = statistics.blocks.prefix(BlockTable.rowLimit).map { group in
      Row(
        name: group.name, count: group.moduleCount,
        spectrum: group.measuredCount > 0 ? group.spectrum : nil)
    }
    return [""] + table("block", blocks)
      + BlockTable.rest(statistics.blocks.count, option: "--json", style: style)
      + "rank: the effective one; 90 %, 99 %: that which keeps this share of ‖ΔW‖²"
      .wrapped(to: width - 2).map { style.dim("  \($0)") } + [""] + summary
  }

  /// The modules whose change is largest, or all of them in the order of the file.
  func moduleLines(listsAll: Bool) -> [String] {
    let rows = statistics.modules.map { module in
      Row(name: "\(module.module.target)", count: nil, spectrum: module.spectrum)
    }
    guard !listsAll else { return [""] + table("module", rows) }
    let strongest = rows.filter { ($0.spectrum?.frobeniusNorm ?? 0) > 0 }.sorted {
      let (a, b) = ($0.spectrum?.frobeniusNorm ?? 0, $1.spectrum?.frobeniusNorm ?? 0)
      return a == b ? TensorName($0.name) < TensorName($1.name) : a > b
    }.prefix(Self.shortCount)
    guard !strongest.isEmpty, strongest.count < rows.count else { return [] }
    return [""] + table("strongest modules", Array(strongest))
  }

  private static let shortCount = 5

  private func table(_ title: String, _ rows: [Row]) -> [String] {
    let largest = rows.compactMap(\.spectrum?.frobeniusNorm).max() ?? 0
    let (isWide, isNarrow) = (width >= 120, width < 72)
    let hasCounts = isWide && rows.contains { $0.count != nil }
    let norms = Quantity.alike(rows.map { $0.spectrum?.frobeniusNorm ?? 0 })
    let values = Quantity.alike(rows.map { $0.spectrum?.singularValues.first ?? 0 })
    let (barWidth, curveWidth) = isWide ? (24, 32) : isNarrow ? (3, 0) : (6, 8)
    var header = ["‖ΔW‖", "", "σ₁", "rank", "90 %", "99 %"] + (isNarrow ? [] : ["spectrum"])
    if hasCounts { header.insert("modules", at: 0) }
    let cells =
      [header]
      + rows.enumerated().map { index, row in
        let share = largest > 0 ? (row.spectrum?.frobeniusNorm ?? 0) / largest : 0
        let start =
          (hasCounts ? [row.count.map { "\($0)" } ?? ""] : [])
          + (row.spectrum == nil ? ["–"] : [norms[index]])
          + [Quantity.bar(share, width: barWidth)]
          + (row.spectrum == nil ? ["–"] : [values[index]])
        let curve = Quantity.curve(row.spectrum?.singularValues ?? [], width: curveWidth)
        return start + ranks(row.spectrum) + (isNarrow ? [] : [curve])
      }
    let widths = header.indices.map { column in cells.map { $0[column].terminalWidth }.max() ?? 0 }
    let column = NameColumn(rows.map(\.name), width: width - widths.reduce(2) { $0 + 2 + $1 })
    let alignments: [TextTable.Alignment] =
      [.left] + (hasCounts ? [.right] : []) + [
        .right, .left, .right, .right, .right, .right, .left,
      ]
    var table = TextTable(alignments)
    for (name, numbers) in zip([title] + column.texts, cells) {
      table.add(["  " + name] + numbers)
    }
    let lines = table.lines()
    return [style.bold(lines[0])]
      + column.lines(lines.dropFirst().map(style.bars), indent: 2, width: width)
      + column.legend(style: style, width: width)
  }

  private func ranks(_ spectrum: DeltaSpectrum?) -> [String] {
    guard let spectrum else { return ["–", "–", "–"] }
    return [
      Quantity.decimal(spectrum.effectiveRank, 1), "\(spectrum.rank(keeping: 0.9))",
      "\(spectrum.rank(keeping: 0.99))",
    ]
  }

  /// The whole adapter, and what stands in the way of numbers.
  private var summary: [String] {
    let (total, counts) = (statistics.total, statistics.total.elements)
    let spectrum = total.spectrum
    var lines: [String] = []
    if spectrum.rank > 0 {
      let kept = spectrum.keptShares
      let shares = [1, 2, 4, 8, 16, 32, 64, 128].filter { $0 < kept.count }.map {
        "\($0): \(Quantity.decimal(kept[$0 - 1] * 100, 1)) %"
      }
      lines.append(
        "‖ΔW‖ \(Quantity.significant(spectrum.frobeniusNorm)), effective rank "
          + "\(Quantity.decimal(spectrum.effectiveRank, 1)) of \(spectrum.rank)")
      if !shares.isEmpty {
        lines += "energy kept at rank \(shares.joined(separator: ", "))".wrapped(to: width - 2)
      }
    }
    let zeros = counts.elements > 0 ? Double(counts.zeros) / Double(counts.elements) : 0
    let special = [("NaN", counts.notNumbers), ("infinite", counts.infinities)]
      .filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    let sentence =
      "\(Quantity.grouped(counts.elements)) elements: "
      + (special.isEmpty ? "no NaN, no infinities" : special)
      + ", \(Quantity.grouped(counts.zeros)) zero (\(Quantity.decimal(zeros * 100, 2)) %)"
    lines += sentence.wrapped(to: width - 2).map { line in
      special.isEmpty ? line : line.replacing(special, with: style.red(special))
    }
    return lines.map { "  \($0)" } + obstacles
  }

  private var obstacles: [String] {
    let found = DeltaStatistics.Obstacle.allCases.compactMap { obstacle -> String? in
      let modules = statistics.modules.filter { $0.obstacle == obstacle }
      guard let first = modules.first else { return nil }
      let count = Quantity.count(modules.count, "module")
      let name = first.module.target.description.pageName
      switch obstacle {
      case .needsBase:
        let names = Set(modules.map { $0.module.algorithm.stored.name }).sorted()
        return "\(count) of \(names.joined(separator: ", ")): their change is known only with the "
          + "base model, so they have no norms here"
      case .notFinite: return "\(count) with NaN or infinities, the first \(name)"
      case .overflows:
        return "\(count) with a scale that makes it too large, the first \(name)"
      case .tooLarge:
        return "\(count) too large to be computed, the first \(name)"
      }
    }
    return found.flatMap { PageWarning.lines($0, style: style, width: width) }
  }
}
