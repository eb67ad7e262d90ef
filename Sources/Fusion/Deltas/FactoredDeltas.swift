internal import Formats
internal import LinearAlgebra

/// The algorithms whose delta is a product of factors.
extension DeltaReader.Source {
  /// `up · down`, or `up · core · down`.
  func lora(_ lora: LoRA) throws -> FactorPair {
    let (up, down) = (try matrix(lora.up), try matrix(lora.down))
    guard let mid = lora.mid else { return FactorPair(up: up, down: down) }
    let area = mid.shape.dropFirst(2).reduce(1, *)
    return FactorPair(up: up, down: try matrix(mid).tuckerFactor(down, area: area))
  }

  /// `up · diagonal(values) · down`, the values in the smaller factor.
  func adaLoRA(_ adaLoRA: AdaLoRA) throws -> FactorPair {
    let pair = try lora(adaLoRA.factors)
    var down = pair.down
    for (row, value) in try vector(adaLoRA.values).enumerated() {
      for column in 0..<down.columns { down.elements[row * down.columns + column] *= value }
    }
    return FactorPair(up: pair.up, down: down)
  }

  /// (B₁A₁) ∘ (B₂A₂): products of all pairs of columns and rows, or the dense product.
  func loha(_ loha: LoHa, _ scale: Double, staysFactored: Bool) throws -> Delta {
    let (first, second) = (try pair(loha.first), try pair(loha.second))
    if staysFactored {
      return FactorPair(
        up: first.up.pairedColumns(second.up), down: first.down.pairedRows(second.down)
      ).delta(scale)
    }
    var dense = first.product
    let other = second.product
    for index in dense.elements.indices { dense.elements[index] *= other.elements[index] }
    return .dense(dense, scale: scale)
  }

  func pair(_ pair: LoHa.Pair) throws -> FactorPair {
    let (up, down) = (try matrix(pair.up), try matrix(pair.down))
    guard let core = pair.core else { return FactorPair(up: up, down: down) }
    return try tucker(up: up, down: down, core: core)
  }

  /// The factors of a matrix whose upper factor is stored `[rank, out]`.
  private func tucker(up: Matrix, down: Matrix, core: TensorEntry) throws -> FactorPair {
    let area = core.shape.dropFirst(2).reduce(1, *)
    return FactorPair(up: up.transposed(), down: try matrix(core).tuckerFactor(down, area: area))
  }

  /// W₁ ⊗ W₂, from factors of either, or dense.
  func lokr(_ lokr: LoKr, _ scale: Double, staysFactored: Bool) throws -> Delta {
    guard staysFactored else {
      return .dense(try dense(lokr.first).kronecker(dense(lokr.second)), scale: scale)
    }
    let (first, second) = (try factors(lokr.first), try factors(lokr.second))
    return FactorPair(
      up: first.up.kronecker(second.up), down: first.down.kronecker(second.down)
    ).delta(scale)
  }

  private func dense(_ side: LoKr.Side) throws -> Matrix {
    if case .whole(let whole) = side { return try matrix(whole) }
    return try factors(side).product
  }

  func factors(_ side: LoKr.Side) throws -> FactorPair {
    switch side {
    case .whole(let whole):
      let pair = fullRankPair(of: try matrix(whole))
      return FactorPair(up: pair.up, down: pair.down)
    case .factors(let up, let down):
      return FactorPair(up: try matrix(up), down: try matrix(down))
    case .tucker(let up, let down, let core):
      return try tucker(up: try matrix(up), down: try matrix(down), core: core)
    }
  }
}
