package import Formats

extension ModuleWeights {
  /// The parts of `entry` at its weights: one, or none where the weight is 0.
  ///
  /// A module that stands for several canonical weights of different weights is one part for each,
  /// with the rows of those that have it.
  ///
  /// - Throws: `FormatError` where weights differ and the module's rows are not known.
  package func parts(
    of entry: ModuleUnion.Entry, in members: [AdapterLibrary.Member]
  ) throws(FormatError) -> [FusedModule.Part] {
    let weights = weights(of: entry.module, adapter: entry.adapter)
    if let weight = weights.first, weights.allSatisfy({ $0 == weight }) {
      return weight == 0 ? [] : [FusedModule.Part(entry, weight: weight)]
    }
    guard let out = entry.module.outFeatures, let rows = entry.module.stack.rows(of: out) else {
      throw FormatError(
        .unacceptable, file: members[entry.adapter].file.path,
        place: "module '\(entry.module.target)'",
        "the weights that it stands for cannot be weighed apart, because its rows are not known",
        remedy: "give all of them the same weight")
    }
    var parts: [FusedModule.Part] = []
    var done: Set<Double> = [0]
    for weight in weights where done.insert(weight).inserted {
      let own = zip(rows, weights).filter { $0.1 == weight }.map(\.0)
      let moves = own.flatMap { range in entry.moves.compactMap { $0.within(range) } }
      if moves == entry.moves {
        parts.append(FusedModule.Part(entry, weight: weight))
      } else if !moves.isEmpty {
        parts.append(FusedModule.Part(entry, weight: weight, moves: moves))
      }
    }
    return parts
  }
}

extension RowMove {
  /// The move of those rows that are in `range`; nil if there are none.
  fileprivate func within(_ range: Range<Int>) -> RowMove? {
    let rows = source.clamped(to: range)
    guard !rows.isEmpty else { return nil }
    return RowMove(source: rows, destination: destination + rows.lowerBound - source.lowerBound)
  }
}
