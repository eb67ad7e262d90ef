/// Which encoder made a vector, and how its cosines are to be read.
///
/// Vectors of encoders with different ids must never be compared.
package struct EncoderIdentity: Hashable, Sendable {
  package enum Kind: String, Sendable {
    /// Trained to tell sentences apart; unrelated texts have cosines near 0.
    case sentenceEncoder
    /// The text side of an image model; all cosines are high and lie in a narrow band.
    case clipTower
  }

  /// What the user asked for, such as `builtin`.
  package let spec: String
  /// The model's name and the first digits of its data's SHA-256.
  package let id: String
  /// The number of a vector's elements.
  package let dimension: Int
  package let kind: Kind
  /// The softmax temperature that fits this encoder's cosines.
  package let defaultTemperature: Double
  /// A best cosine below this says that no description fits; `nil` where none is known.
  package let lowScore: Double?

  package init(
    spec: String, id: String, dimension: Int, kind: Kind, defaultTemperature: Double,
    lowScore: Double?
  ) {
    (self.spec, self.id, self.dimension, self.kind) = (spec, id, dimension, kind)
    (self.defaultTemperature, self.lowScore) = (defaultTemperature, lowScore)
  }
}
