package import Formats
package import LinearAlgebra

/// The change of one weight, computed from an adapter's tensors; the same for every dialect.
package enum Delta: Sendable {
  /// `scale · up · down`, with `up` `[out, rank]` and `down` `[rank, in]`.
  case lowRank(up: Matrix, down: Matrix, scale: Double)
  /// `scale` times a matrix `[out, in]`; of one column for a bias or the weight of a norm.
  case dense(Matrix, scale: Double)
  /// A function of the weight that changes.
  case needsBase(any BaseDelta)
}

/// A change that depends on the weight itself.
package protocol BaseDelta: Sendable {
  /// What is added to `base` at a weight of 1; other weights multiply the result.
  ///
  /// `base` is the weight as the tensors describe it, `[out, in]`, with the extents of a
  /// convolution's kernel in `in`; one column for a vector.
  ///
  /// - Throws: `FusionError` when `base` is not of the shape that the tensors are for.
  func delta(base: Matrix) throws -> Matrix
}

extension BaseDelta {
  /// The fault of a base whose shape does not fit.
  func misfit(_ what: String, base: Matrix) -> FusionError {
    FusionError(
      .data, "\(what) do not fit a weight of [\(base.rows), \(base.columns)]",
      hint: "the adapter is for another base model")
  }
}

extension AdapterModule {
  /// The rank of the factors that stand for the module's delta.
  ///
  /// Nil where its rank is full or not known before the values are: then the delta is dense.
  package var factorRank: Int? {
    if case .lora(let lora) = algorithm { return lora.up.shape[1] }
    guard let shape = weightShape else { return nil }
    let full = min(shape[0], shape.dropFirst().reduce(1, *))
    switch algorithm {
    case .adaLoRA(let adaLoRA): return adaLoRA.rank
    case .loha(let loha): return Self.below(full, loha.first.rank, loha.second.rank)
    case .lokr(let lokr): return Self.below(full, lokr.first.factorRank, lokr.second.factorRank)
    case .lora, .difference, .replacement, .tokens, .ia3, .oft, .glora, .vera, .svdiff, .dora:
      return nil
    }
  }

  /// The product of two ranks; nil unless it is below `limit`.
  private static func below(_ limit: Int, _ first: Int, _ second: Int) -> Int? {
    let (product, overflow) = first.multipliedReportingOverflow(by: second)
    return overflow || product >= limit ? nil : product
  }
}

extension LoKr.Side {
  /// The rank of the factors that a side is taken as: its own, or full.
  var factorRank: Int {
    switch self {
    case .whole: min(shape[0], shape.dropFirst().reduce(1, *))
    case .factors(let up, _): up.shape.dropFirst().reduce(1, *)
    case .tucker(let up, _, _): up.shape[0]
    }
  }
}
