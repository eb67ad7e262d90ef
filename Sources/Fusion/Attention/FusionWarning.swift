/// Something about the weights that the user must see.
package enum FusionWarning: Sendable, Equatable, CustomStringConvertible {
  /// The best adapter's cosine is lower than what the encoder gives texts that belong together.
  case noAdapterFits(prompt: String, best: String, cosine: Double, threshold: Double)
  /// The shares' entropy is above `uniformEntropy · log n`: attention decided nothing. The cosines
  /// with the bonus lie in `band`, which is narrow for a softmax of `temperature`.
  case nearlyUniform(
    prompt: String, count: Int, band: ClosedRange<Double>, temperature: Double?)
  /// Sparse attention found no adapter worth its penalty, and softmax took its place.
  case sparseFellBack(prompt: String)
  /// A share lies within `Mix.gateMargin` of `Mix.gateThreshold`.
  case nearGate(prompt: String, adapter: String, share: Double)
  /// No adapter reaches the minimum score.
  case noneEligible(prompt: String, minimumScore: Double)
  /// The fused weights are all zero: the result would change nothing.
  case allWeightsZero

  /// The part of the largest entropy above which shares count as uniform.
  static let uniformEntropy = 0.98

  package var description: String {
    switch self {
    case .noAdapterFits(let prompt, let best, let cosine, let threshold):
      """
      prompt '\(prompt)': no adapter fits; the best, '\(best)', has cosine \
      \(Self.short(cosine)), and a fitting one has \(Self.short(threshold)) or more
      """
    case .nearlyUniform(let prompt, let count, let band, let temperature):
      """
      prompt '\(prompt)': the shares of \(count) adapters are nearly uniform; their cosines lie \
      between \(Self.short(band.lowerBound)) and \(Self.short(band.upperBound)), \
      \(Self.remark(on: temperature))
      """
    case .sparseFellBack(let prompt):
      "prompt '\(prompt)': sparse attention selects no adapter; softmax took its place"
    case .nearGate(let prompt, let adapter, let share):
      """
      prompt '\(prompt)': the share \(Self.short(share)) of '\(adapter)' is close to the \
      gate's threshold \(Self.short(Mix.gateThreshold))
      """
    case .noneEligible(let prompt, let minimumScore):
      "prompt '\(prompt)': no adapter reaches the minimum score \(Self.short(minimumScore))"
    case .allWeightsZero:
      "all weights are zero; the result changes nothing"
    }
  }

  private static func remark(on temperature: Double?) -> String {
    guard let temperature else { return "and attention does not tell them apart" }
    return "a narrow band for temperature \(short(temperature)); a smaller one, or 'auto', "
      + "tells them apart"
  }

  private static func short(_ value: Double) -> String {
    "\((value * 1000).rounded() / 1000)"
  }
}
