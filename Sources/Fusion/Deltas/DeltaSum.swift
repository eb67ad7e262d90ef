package import Formats
package import LinearAlgebra

/// What is done to a weight: `W′ = (1 − replaced) · W + delta`, by rows.
struct WeightChange {
  var delta: Matrix
  /// For each row, the share of the base that others replace; empty where none does.
  var replaced: [Double] = []
}

extension PartReader {
  /// The weighted sum of the deltas of one unit, `[out, in]` in the unit's rows.
  ///
  /// Deltas that need the base get it unchanged, each on its own, so that their order does not matter;
  /// SVDiff shifts are added inside the limit at 0.
  ///
  /// - Parameters:
  ///   - parts: the deltas, all of one unit.
  ///   - stack: the unit.
  ///   - rows: the rows of the unit.
  ///   - columns: the product of the weight's extents after the first.
  ///   - base: gives the base's weight for a module that needs it: as its tensors describe it, the
  ///     rows in the order of the module's own stack; one column for a vector.
  /// - Returns: the sum, with every multiplier in it.
  /// - Throws: errors of `base`, `FormatError` for an element that is not finite, `FusionError` for
  ///   a base that does not fit.
  package func sum(
    of parts: [FusedModule.Part], in stack: ModuleStack, rows: Int, columns: Int,
    base: (AdapterModule) throws -> Matrix
  ) throws -> Matrix {
    var change = WeightChange(delta: Matrix(zeros: rows, columns))
    try add(parts, in: stack, to: &change, takesReplacementsApart: false, base: base)
    return change.delta
  }

  /// As ``sum(of:in:rows:columns:base:)``, with what replaces the base apart from what is added to it.
  func change(
    of parts: [FusedModule.Part], in stack: ModuleStack, rows: Int, columns: Int,
    base: (AdapterModule) throws -> Matrix
  ) throws -> WeightChange {
    var change = WeightChange(delta: Matrix(zeros: rows, columns))
    try add(parts, in: stack, to: &change, takesReplacementsApart: true, base: base)
    return change
  }

  private func add(
    _ parts: [FusedModule.Part], in stack: ModuleStack, to change: inout WeightChange,
    takesReplacementsApart: Bool, base: (AdapterModule) throws -> Matrix
  ) throws {
    let (rows, columns) = (change.delta.rows, change.delta.columns)
    var shifts: [(part: FusedModule.Part, delta: SVDiffDelta)] = []
    for part in parts {
      guard part.module.algorithm.needsBase else {
        guard part.module.inFeatures == columns else { throw misfit(part, rows, columns) }
        try add(part, to: &change.delta)
        continue
      }
      guard case .needsBase(let delta) = try deltas.delta(of: part.module, adapter: part.adapter)
      else { preconditionFailure("a module that needs a base has such a delta") }
      if let delta = delta as? SVDiffDelta {
        shifts.append((part, delta))
      } else if takesReplacementsApart, let delta = delta as? any ReplacingDelta {
        let (values, own) = try delta.replacement(of: base(part.module))
        let moves = try add(values, times: part.multiplier, of: part, in: stack, to: &change.delta)
        if change.replaced.isEmpty { change.replaced = Array(repeating: 0, count: rows) }
        for move in moves {
          for row in own where move.source.contains(row) {
            change.replaced[move.destination + row - move.source.lowerBound] += part.multiplier
          }
        }
      } else {
        let weight = try base(part.module)
        try add(
          delta.delta(base: weight), times: part.multiplier, of: part, in: stack, to: &change.delta)
      }
    }
    // Shifts of one weight belong together; those of a stack and of its pieces do not meet.
    while let first = shifts.first {
      let same = shifts.filter { $0.part.module.stack == first.part.module.stack }
      shifts.removeAll { $0.part.module.stack == first.part.module.stack }
      let delta = try SVDiffDelta(sumOf: same.map { ($0.delta, $0.part.multiplier) })
        .delta(base: base(first.part.module), spectra)
      try add(delta, times: 1, of: first.part, in: stack, to: &change.delta)
    }
  }

  /// Adds the rows of `delta` where they go.
  @discardableResult private func add(
    _ delta: Matrix, times weight: Double, of part: FusedModule.Part, in stack: ModuleStack,
    to sum: inout Matrix
  ) throws -> [RowMove] {
    guard delta.columns == sum.columns,
      let moves = part.module.stack.moves(rowCount: delta.rows, to: stack, rowCount: sum.rows)
    else { throw misfit(part, sum.rows, sum.columns) }
    let wanted = part.someMoves ?? moves
    sum.add(delta, times: Float(weight), wanted)
    return wanted
  }

  private func misfit(_ part: FusedModule.Part, _ rows: Int, _ columns: Int) -> FusionError {
    FusionError(
      .data, "module '\(part.module.target)' does not fit a weight of [\(rows), \(columns)]",
      hint: "the adapter is for another base model")
  }
}
