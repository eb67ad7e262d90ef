/// Where a tower finds its weights by name.
package protocol TensorSource {
  /// The matrix called `name`; throws if it is missing or of another shape.
  func matrix(_ name: String, rows: Int, columns: Int) throws(TextEncoderError) -> StoredMatrix

  /// The vector called `name`; throws if it is missing or of another length.
  func vector(_ name: String, count: Int) throws(TextEncoderError) -> [Float]

  /// Whether there is a tensor called `name`.
  func contains(_ name: String) -> Bool
}

extension TensorSource {
  func linear(_ name: String, inputs: Int, outputs: Int) throws(TextEncoderError) -> Linear {
    Linear(
      weight: try matrix(name + ".weight", rows: outputs, columns: inputs),
      bias: try vector(name + ".bias", count: outputs))
  }

  /// The layer norm called `name`; old files call its parameters gamma and beta.
  func norm(_ name: String, width: Int, epsilon: Float) throws(TextEncoderError) -> LayerNorm {
    let isOld = contains(name + ".gamma") && !contains(name + ".weight")
    return LayerNorm(
      gain: try vector(name + (isOld ? ".gamma" : ".weight"), count: width),
      bias: try vector(name + (isOld ? ".beta" : ".bias"), count: width), epsilon: epsilon)
  }
}
