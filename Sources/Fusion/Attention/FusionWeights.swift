/// The weights of a fusion, `ΔW = Σ wᵢ ΔWᵢ`, and how they came about.
///
/// Holds what the table of `lorac weights` and the document `lorac.weights/1` say of weights.
package struct FusionWeights: Sendable, Equatable {
  /// The adapters' names; every other list has their order.
  package let adapters: [String]
  /// The `FusionMethod`'s name.
  package let method: String
  package let attention: AttentionKind?
  /// The fixed temperature, where every softmax had the same; `nil` where none was used or each
  /// prompt had its own.
  package let temperature: Double?
  package let mix: Mix?
  package let strength: Double
  package let prompts: [PromptWeights]
  /// The fused weight of each adapter, with the strength in it.
  package let weights: [Double]
  package let warnings: [FusionWarning]

  /// The same with the weights of each adapter times its own strength.
  ///
  /// - Throws: `FusionError` for a strength that is not finite.
  func multiplied(by strengths: [Double]) throws(FusionError) -> FusionWeights {
    if let (name, strength) = zip(adapters, strengths).first(where: { !$1.isFinite }) {
      throw FusionError(.usage, "adapter '\(name)': strength \(strength) is not a number")
    }
    guard strengths.contains(where: { $0 != 1 }) else { return self }
    let products = zip(weights, strengths).map(*)
    return FusionWeights(
      adapters: adapters, method: method, attention: attention, temperature: temperature, mix: mix,
      strength: strength, prompts: prompts.map { $0.multiplied(by: strengths) },
      weights: products, warnings: warnings)
  }

  /// How many adapters the fused weights come to; 0 when all are zero.
  ///
  /// `exp` of the entropy of the weights' magnitudes, scaled to sum to 1.
  package var effectiveAdapters: Double { Entropy.effectiveCount(of: weights) }
}
