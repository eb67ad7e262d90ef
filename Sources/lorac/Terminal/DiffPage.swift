import Formats
import Fusion
import LinearAlgebra

/// What differs between two files, as a page for the terminal.
struct DiffPage {
  private let comparison: Comparison
  private let (a, b): (String, String)
  private let tolerance: Double
  private let style: Style
  private let width: Int
  private let listsAll: Bool

  init(
    _ comparison: Comparison, a: String, b: String, tolerance: Double, style: Style, width: Int,
    listsAll: Bool
  ) {
    (self.comparison, self.a, self.b) = (comparison, a, b)
    (self.tolerance, self.style) = (tolerance, style)
    (self.width, self.listsAll) = (width, listsAll)
  }

  /// The modules that are listed unless all are asked for.
  private static let shortCount = 20

  var lines: [String] {
    [style.bold("a  \(printable(a))"), style.bold("b  \(printable(b))")] + table
      + only("only in a", comparison.onlyInFirst) + only("only in b", comparison.onlyInSecond)
      + misfits + [""] + summary
  }

  private var shown: ArraySlice<Comparison.Row> {
    if listsAll { return comparison.rows[...] }
    return comparison.rows.prefix(Self.shortCount).prefix { $0.distances.distance > 0 }
  }

  private var table: [String] {
    let rows = shown
    guard !rows.isEmpty else { return [] }
    let barWidth = width >= 120 ? 20 : 4
    let largest = comparison.largestDistance
    let relative = Quantity.alike(rows.map(\.distances.relativeDistance))
    let norms = Quantity.alike(
      rows.map(\.distances.firstNorm) + rows.map(\.distances.secondNorm))
    let cells =
      [["distance", "", "cosine", "‖a‖", "‖b‖"]]
      + rows.enumerated().map { index, row in
        let distances = row.distances
        return [
          relative[index],
          Quantity.bar(largest > 0 ? distances.relativeDistance / largest : 0, width: barWidth),
          distances.cosine.map { Quantity.decimal($0, 5) } ?? "–",
          norms[index], norms[rows.count + index],
        ]
      }
    let columns = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let nameWidth = max(16, width - columns.reduce(0) { $0 + 2 + $1 })
    let names =
      [noun]
      + rows.map {
        let mark = $0.measure == .parameters ? "*" : ""
        return $0.name.shortenedInside(to: nameWidth - mark.count) + mark
      }
    var table = TextTable([.left, .right, .left, .right, .right, .right])
    for (name, cells) in zip(names, cells) { table.add([name] + cells) }
    let differing = comparison.rows.count { $0.distances.distance > 0 }
    let rest = differing - rows.count
    let more =
      rest > 0 ? ["and \(Quantity.count(rest, noun)) more that differ (--modules)"] : []
    let note =
      rows.contains { $0.measure == .parameters }
      ? ["* the stored numbers: the change is known only with the base model"] : []
    return [""] + table.lines { $0 == 0 ? style.bold($1) : style.bars($1) } + more + note
  }

  private func only(_ label: String, _ names: [String]) -> [String] {
    guard !names.isEmpty else { return [] }
    let count = listsAll ? names.count : min(names.count, Self.shortCount)
    let rest = names.count - count
    return ["", style.yellow("\(label): \(names.count)")]
      + names.prefix(count).map { "  " + $0.pageName } + (rest > 0 ? ["  and \(rest) more"] : [])
  }

  private var misfits: [String] {
    guard !comparison.misfits.isEmpty else { return [] }
    return ["", style.yellow("of different shapes: \(comparison.misfits.count)")]
      + comparison.misfits.prefix(listsAll ? .max : Self.shortCount).map {
        "  \($0.name.pageName): \($0.first) and \($0.second)"
      }
  }

  /// What a row is of.
  private var noun: String {
    comparison.rows.contains { $0.measure == .weights } ? "tensor" : "module"
  }

  private var summary: [String] {
    let isEqual = comparison.isEqual(within: tolerance)
    let total = comparison.total
    var facts = [
      Quantity.count(comparison.rows.count, noun) + " in both",
      "distance \(Quantity.significant(total.relativeDistance)) over all",
      "\(Quantity.significant(comparison.largestDistance)) at most",
    ]
    if let cosine = total.cosine { facts.append("cosine \(Quantity.decimal(cosine, 5))") }
    if tolerance > 0 { facts.append("tolerance \(Quantity.significant(tolerance))") }
    let verdict = isEqual ? "equal" : "different"
    facts[0] = "\(verdict): \(facts[0])"
    var lines = FactLine.lines(facts, indent: 0)
    let colored = isEqual ? style.green(verdict) : style.red(verdict)
    lines[0] = colored + lines[0].dropFirst(verdict.count)
    return lines
  }
}
