package import Formats

/// One module of the result: which deltas go in, with what multipliers, and in what form.
package struct FusedModule: Sendable {
  /// The delta of one adapter, and the factor of it in the sum.
  package struct Part: Sendable {
    package let entry: ModuleUnion.Entry
    /// `weight · scale`, or the weight alone for a delta that needs the base.
    ///
    /// The module's share of the sum is `multiplier · up · down`.
    package let multiplier: Double
    /// The rank of the delta's factors; nil where it is dense.
    let rank: Int?
    /// Where those rows go that the part is for, if it is not for all that the entry has.
    let someMoves: [RowMove]?

    /// The delta of `entry` at `weight`, or those of its rows that `moves` has.
    package init(_ entry: ModuleUnion.Entry, weight: Double, moves: [RowMove]? = nil) {
      (self.entry, someMoves) = (entry, moves)
      multiplier = weight * entry.module.factor
      rank = entry.module.factorRank
    }

    private init(_ part: Part, multiplier: Double) {
      (entry, rank, someMoves) = (part.entry, part.rank, part.someMoves)
      self.multiplier = multiplier
    }

    /// The sum of this part and `other`, whose delta is the same.
    func adding(_ other: Part) -> Part { Part(self, multiplier: multiplier + other.multiplier) }

    /// The adapter's index in the plan.
    var adapter: Int { entry.adapter }
    var module: AdapterModule { entry.module }
    /// Where the rows of the part go in the unit.
    var moves: [RowMove] { someMoves ?? entry.moves }
    /// Whether the part fills every row of the unit.
    var isWhole: Bool { someMoves == nil && entry.isWhole }
  }

  /// How the sum is stored.
  package enum Form: Sendable, Hashable {
    /// The factors side by side: exact, of rank `Σ rᵢ`.
    case concatenated
    /// The dense sum beside the identity: exact, of full rank, where that is smaller.
    case fullRank
    /// The best approximation of this rank.
    case recompressed(rank: Int)
    /// The sum itself, of biases or the weights of a norm.
    case vector
  }

  package let stack: ModuleStack
  package let parts: [Part]
  /// The shape of the weight: `[out, in]`, `[out, in, height, width]`, or `[out]`.
  package let weightShape: [Int]
  package let layout: AdapterModule.Layout
  package var form: Form
  /// The scale that readers will multiply with: the alpha written is `scale · rank`.
  package var scale: Double

  package var target: ModuleTarget { stack.target }
  package var out: Int { weightShape[0] }
  package var inner: Int { weightShape.dropFirst().reduce(1, *) }
  var fullRank: Int { min(out, inner) }
  /// The sum of the parts' ranks, a dense part's being full.
  package var stackedRank: Int { parts.reduce(0) { $0 + ($1.rank ?? fullRank) } }
  var hasDenseParts: Bool { parts.contains { $0.rank == nil } }

  /// The rank of the factors that are written.
  package var rank: Int {
    switch form {
    case .concatenated: stackedRank
    case .fullRank: fullRank
    case .recompressed(let rank): rank
    case .vector: 0
    }
  }

  /// The alpha that is written; the stored one where a single module is copied.
  package var alpha: Double {
    if case .concatenated = form, parts.count == 1, let stored = parts[0].module.scale.alpha,
      stored / Double(rank) == scale
    {
      return stored
    }
    return scale * Double(rank)
  }

  /// `[rank, in…]` and `[out, rank…]`, with trailing ones for a convolution.
  var downShape: [Int] { [rank] + weightShape.dropFirst() }
  var upShape: [Int] { [out, rank] + weightShape.dropFirst(2).map { _ in 1 } }

  /// The memory that fusing this module takes beside its result, in bytes.
  var workByteCount: Int {
    let factors = (out + inner) * stackedRank
    // Factors that are not copied are computed in Float first.
    let computed =
      parts.filter { $0.module.storedFactors == nil }
      .map { ($0.rank.map { (out + inner) * $0 } ?? 2 * out * inner) * 4 }.max() ?? 0
    switch form {
    case .concatenated: return computed
    case .fullRank: return 12 * out * inner + computed
    case .vector: return 8 * out
    case .recompressed:
      // Factors in Float and twice in Double; or the dense sum likewise, with its Gram matrix.
      return computed
        + (stackedRank < fullRank
          ? 20 * factors + 40 * stackedRank * stackedRank
          : 20 * out * inner + 32 * fullRank * fullRank)
    }
  }
}
