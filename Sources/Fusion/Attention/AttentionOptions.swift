/// How to attend; what is `nil` is chosen to suit the encoder.
package struct AttentionOptions: Sendable, Hashable {
  package var kind: AttentionKind?
  package var temperature: Temperature?
  package var mix: Mix?
  /// Per prompt, how many adapters keep their share.
  package var topK: Int?
  /// The cosine, with the bonus for a trigger word, below which an adapter has no share.
  package var minimumScore: Double?
  /// Added once to the score of an adapter one of whose trigger words is in the prompt.
  package var triggerBonus = 0.15

  package init(
    kind: AttentionKind? = nil, temperature: Temperature? = nil, mix: Mix? = nil,
    topK: Int? = nil, minimumScore: Double? = nil
  ) {
    (self.kind, self.temperature, self.mix) = (kind, temperature, mix)
    (self.topK, self.minimumScore) = (topK, minimumScore)
  }

  package func kind(for encoder: EncoderTraits) -> AttentionKind {
    kind ?? encoder.attention
  }

  package func temperature(for encoder: EncoderTraits) -> Temperature {
    temperature ?? .fixed(encoder.temperature)
  }

  package func mix(for encoder: EncoderTraits) -> Mix {
    if let mix { return mix }
    return switch kind(for: encoder) {
    case .sparse: .gate
    case .softmax: .sum
    }
  }

  /// - Throws: `FusionError` that names the option whose value cannot be meant.
  package func validate() throws(FusionError) {
    if case .fixed(let value)? = temperature, !(value.isFinite && value > 0) {
      throw FusionError(
        .usage, "temperature \(value) is not a positive number",
        hint: "give a positive number or 'auto'; the smaller, the fewer adapters are selected")
    }
    if let topK, topK < 1 {
      throw FusionError(.usage, "top-k \(topK) would keep no adapter; give 1 or more")
    }
    if let minimumScore, !minimumScore.isFinite {
      throw FusionError(.usage, "minimum score \(minimumScore) is not a number")
    }
  }
}
