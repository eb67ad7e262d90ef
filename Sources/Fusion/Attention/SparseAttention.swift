/// Shares from reading a prompt as a sparse non-negative combination of the adapters' keys.
///
///     ŵ ∝ argmin_{w ≥ 0}  ½ wᵀ G w − sᵀ w + λ Σ wᵢ ,   G = K Kᵀ
///
/// `G` takes away what two similar adapters would both claim, `λ` what does not belong.
/// Where keys are equal, the adapter with the best score stands for them all, and adapters
/// that are equal in score too divide its share evenly. A key of zeros gets no share.
package struct SparseAttention: Sendable {
  /// `λ` for the scale of a sentence encoder's cosines; measured with MiniLM.
  package static let defaultPenalty = 0.25

  let keys: UnitVectors
  /// For each key the first that equals it.
  private let representative: [Int]
  private let penalty: Double

  /// - Parameters:
  ///   - keys: one per adapter, `[n, d]`.
  ///   - penalty: `λ`, in units of the cosine.
  package init(keys: UnitVectors, penalty: Double = Self.defaultPenalty) {
    (self.keys, self.penalty) = (keys, penalty)
    representative = keys.firstEqual()
  }

  /// How a prompt's attention divides.
  ///
  /// - Parameters:
  ///   - scores: `s`, one per key.
  ///   - eligible: indices of the adapters that may have a share.
  /// - Returns: shares, `[n]`, that sum to 1; `nil` when no score is worth the penalty.
  package func shares(of scores: [Double], among eligible: [Int]) -> [Double]? {
    let weights = combination(for: scores, among: eligible)
    let total = weights.reduce(0, +)
    return total > 0 ? weights.map { $0 / total } : nil
  }

  /// The `w` of the formula, `[n]`.
  package func combination(for scores: [Double], among eligible: [Int]) -> [Double] {
    let groups = groupsOfEquals(scores, among: eligible)
    var problem = NonNegativeLasso(
      keys: keys, candidates: groups.keys.sorted(), targets: scores.map { $0 - penalty })
    var weights = problem.solve()
    for (first, group) in groups where weights[first] > 0 {
      let part = weights[first] / Double(group.count)
      for index in group { weights[index] = part }
    }
    return weights
  }

  /// By its first member, each set of eligible adapters that are equal in key and best in score.
  private func groupsOfEquals(_ scores: [Double], among eligible: [Int]) -> [Int: [Int]] {
    var byKey: [Int: [Int]] = [:]
    for index in eligible where keys.preciseProduct(index, index) > 0 {
      byKey[representative[index], default: []].append(index)
    }
    var groups: [Int: [Int]] = [:]
    for equals in byKey.values {
      let best = equals.map { scores[$0] }.max()
      let group = equals.filter { scores[$0] == best }
      if let first = group.first { groups[first] = group }
    }
    return groups
  }
}
