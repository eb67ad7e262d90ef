import Formats
import Fusion
import LinearAlgebra

/// The numbers that `inspect --stats` adds to `lorac.inspect/1`.
struct StatisticsDocument {
  private let statistics: DeltaStatistics

  init(_ statistics: DeltaStatistics) { self.statistics = statistics }

  /// Of the whole adapter, of its components, and of its blocks.
  var document: JSONValue {
    .object(
      pairs: members(of: statistics.total)
        + [
          ("components", .array(statistics.components.map(group))),
          ("blocks", .array(statistics.blocks.map(group))),
        ])
  }

  /// Of one module; nil for an index that is none.
  func module(at index: Int) -> JSONValue? {
    guard statistics.modules.indices.contains(index) else { return nil }
    let module = statistics.modules[index]
    let counts = module.tensors.reduce(into: ElementCounts()) { $0 += $1.counts }
    let obstacle = module.obstacle.map { [("obstacle", JSONValue.string($0.rawValue))] } ?? []
    return .object(
      pairs: obstacle + (module.spectrum.map(members) ?? []) + [("elements", elements(counts))])
  }

  private func group(_ group: DeltaStatistics.Group) -> JSONValue {
    .object(pairs: [("name", .string(group.name))] + members(of: group))
  }

  private func members(of group: DeltaStatistics.Group) -> [(String, JSONValue)] {
    [("modules", .integer(group.moduleCount))] + members(group.spectrum)
      + [("elements", elements(group.elements))]
  }

  /// The singular values that are listed.
  private static let valueLimit = 8

  private func members(_ spectrum: DeltaSpectrum) -> [(String, JSONValue)] {
    let kept = spectrum.keptShares
    // 1, 2, 4 and so on, and the last.
    let ranks = (0..<Int.bitWidth - 1).map { 1 << $0 }.prefix { $0 < kept.count }
    let shares = (Array(ranks) + (kept.isEmpty ? [] : [kept.count])).map { rank in
      JSONValue.object(["rank": .integer(rank), "share": .number(kept[rank - 1])])
    }
    return [
      ("frobeniusNorm", .number(spectrum.frobeniusNorm)),
      (
        "singularValues",
        .array(spectrum.singularValues.prefix(Self.valueLimit).map { .number($0) })
      ),
      ("rank", .integer(spectrum.rank)),
      ("effectiveRank", .number(spectrum.effectiveRank)),
      ("stableRank", .number(spectrum.stableRank)),
      ("energyByRank", .array(shares)),
      (
        "rankKeeping",
        .object(
          pairs: [90, 95, 99].map {
            ("\($0)%", .integer(spectrum.rank(keeping: Double($0) / 100)))
          })
      ),
    ]
  }

  private func elements(_ counts: ElementCounts) -> JSONValue {
    .object([
      "count": .integer(counts.elements), "nan": .integer(counts.notNumbers),
      "infinite": .integer(counts.infinities), "zero": .integer(counts.zeros),
    ])
  }
}
