package import TextEncoders

/// What attention has to know of the encoder that made the vectors: the scale of its cosines.
package struct EncoderTraits: Sendable, Hashable {
  /// The softmax temperature the encoder was trained with.
  package let temperature: Double
  /// The cosine below which even the best adapter does not fit; `nil` when it is not known.
  package let poorCosine: Double?
  /// The attention that suits the encoder.
  package let attention: AttentionKind

  package init(temperature: Double, poorCosine: Double?, attention: AttentionKind) {
    (self.temperature, self.poorCosine) = (temperature, poorCosine)
    self.attention = attention
  }

  /// A CLIP tower's traits once its vectors are centred: cosines on the scale of a sentence encoder.
  static let centredTower = EncoderTraits(temperature: 0.05, poorCosine: nil, attention: .softmax)

  /// Sparse attention is made for cosines that are near 0 for unrelated texts; a CLIP tower's
  /// lie in a narrow high band.
  package init(_ encoder: EncoderIdentity) {
    temperature = encoder.defaultTemperature
    poorCosine = encoder.lowScore
    attention =
      switch encoder.kind {
      case .sentenceEncoder: .sparse
      case .clipTower: .softmax
      }
  }
}
