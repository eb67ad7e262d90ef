/// What attention has to know of the encoder that made the vectors: the scale of its cosines.
package struct EncoderTraits: Sendable, Hashable {
  /// The softmax temperature the encoder was trained with: `0.05` for sentence encoders
  /// (scale 20), `0.01` for CLIP towers (logit scale 100).
  package let temperature: Double
  /// The cosine below which even the best adapter does not fit; `nil` when it is not known.
  package let poorCosine: Double?
  /// The attention that suits the encoder.
  package let attention: AttentionKind

  package init(temperature: Double, poorCosine: Double?, attention: AttentionKind) {
    (self.temperature, self.poorCosine) = (temperature, poorCosine)
    self.attention = attention
  }

  /// MiniLM and its like: of prompts for which no adapter was meant, half have a best cosine
  /// below 0.26; of prompts for which one was, a tenth have a best cosine below 0.32.
  package static let sentence = EncoderTraits(
    temperature: 0.05, poorCosine: 0.25, attention: .sparse)

  /// CLIP text towers, whose cosines lie in a narrow high band that differs between towers.
  package static let clip = EncoderTraits(temperature: 0.01, poorCosine: nil, attention: .softmax)
}
