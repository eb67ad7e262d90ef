package import Formats

/// One module of the result: which factors go in, with what multipliers, and in what form.
package struct FusedModule: Sendable {
  /// The factors of one adapter, and the factor of their product in the sum.
  package struct Part: Sendable {
    /// The adapter's index in the plan.
    let adapter: Int
    let module: AdapterModule
    /// `weight · scale`; the module's share of the sum is `multiplier · up · down`.
    let multiplier: Double
  }

  /// How the sum is stored.
  package enum Form: Sendable, Hashable {
    /// The factors side by side: exact, of rank `Σ rᵢ`.
    case concatenated
    /// The dense sum beside the identity: exact, of full rank, where that is smaller.
    case fullRank
    /// The best approximation of this rank.
    case recompressed(rank: Int)
  }

  package let target: ModuleTarget
  package let parts: [Part]
  /// The shape of the weight: `[out, in]`, or `[out, in, height, width]`.
  package let weightShape: [Int]
  package var form: Form
  /// The scale that readers will multiply with: the alpha written is `scale · rank`.
  package var scale: Double

  var out: Int { weightShape[0] }
  var inner: Int { weightShape.dropFirst().reduce(1, *) }
  var stackedRank: Int { parts.reduce(0) { $0 + $1.module.rank } }
  var fullRank: Int { min(out, inner) }

  /// The rank of the factors that are written.
  package var rank: Int {
    switch form {
    case .concatenated: stackedRank
    case .fullRank: fullRank
    case .recompressed(let rank): rank
    }
  }

  /// The alpha that is written; the stored one where a single module is copied.
  package var alpha: Double {
    if case .concatenated = form, parts.count == 1, let stored = parts[0].module.scale.alpha,
      !parts[0].module.scale.isRankStabilised, scale == parts[0].module.scale.value
    {
      return stored
    }
    return scale * Double(rank)
  }

  /// `[rank, in…]` and `[out, rank…]`, with trailing ones for a convolution.
  var downShape: [Int] { [rank] + weightShape.dropFirst() }
  var upShape: [Int] { [out, rank] + weightShape.dropFirst(2).map { _ in 1 } }
}
