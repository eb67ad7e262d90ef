/// Looks at one prompt's attention for what the user must see.
struct AttentionReview {
  let prompt: String
  let adapters: [String]
  /// Indices of the adapters without a fixed weight.
  let attending: [Int]
  /// Those of them that reach the minimum score.
  let eligible: [Int]

  /// What to say of a prompt.
  ///
  /// `matches` are the cosines with the bonus of a trigger word; `attended` are the shares before
  /// top-k and `shares` those after it; each `[n]`. `temperature` is that of the softmax, if there
  /// was one.
  func warnings(
    matches: [Double], attended: [Double], temperature: Double?, shares: [Double], mix: Mix,
    input: AttentionInput
  ) -> [FusionWarning] {
    poorMatch(matches, threshold: input.encoder.poorCosine)
      + noneEligible(input.options.minimumScore)
      + nearlyUniform(attended, matches, temperature: temperature)
      + (mix == .gate ? nearGate(shares) : [])
  }

  private func poorMatch(_ matches: [Double], threshold: Double?) -> [FusionWarning] {
    guard let threshold, let best = attending.max(by: { matches[$0] < matches[$1] }),
      matches[best] < threshold
    else { return [] }
    return [
      .noAdapterFits(
        prompt: prompt, best: adapters[best], cosine: matches[best], threshold: threshold)
    ]
  }

  private func noneEligible(_ minimumScore: Double?) -> [FusionWarning] {
    guard let minimumScore, eligible.isEmpty, !attending.isEmpty else { return [] }
    return [.noneEligible(prompt: prompt, minimumScore: minimumScore)]
  }

  private func nearlyUniform(
    _ shares: [Double], _ matches: [Double], temperature: Double?
  ) -> [FusionWarning] {
    let values = eligible.map { matches[$0] }
    guard eligible.count > 1, let lowest = values.min(), let highest = values.max(),
      Entropy.exceeds(FusionWarning.uniformEntropy, ofUniform: eligible.count, shares)
    else { return [] }
    return [
      .nearlyUniform(
        prompt: prompt, count: eligible.count, band: lowest...highest, temperature: temperature)
    ]
  }

  private func nearGate(_ shares: [Double]) -> [FusionWarning] {
    adapters.indices.compactMap { index in
      (shares[index] - Mix.gateThreshold).magnitude <= Mix.gateMargin
        ? .nearGate(prompt: prompt, adapter: adapters[index], share: shares[index]) : nil
    }
  }
}
