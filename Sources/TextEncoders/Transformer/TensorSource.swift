/// Where a tower finds its weights by name.
package protocol TensorSource {
  /// The matrix called `name`; throws if it is missing or of another shape.
  func matrix(_ name: String, rows: Int, columns: Int) throws(TextEncoderError) -> StoredMatrix

  /// The vector called `name`; throws if it is missing or of another length.
  func vector(_ name: String, count: Int) throws(TextEncoderError) -> [Float]
}

extension TensorSource {
  func linear(_ name: String, inputs: Int, outputs: Int) throws(TextEncoderError) -> Linear {
    Linear(
      weight: try matrix(name + ".weight", rows: outputs, columns: inputs),
      bias: try vector(name + ".bias", count: outputs))
  }

  func norm(_ name: String, width: Int, epsilon: Float) throws(TextEncoderError) -> LayerNorm {
    LayerNorm(
      gain: try vector(name + ".weight", count: width),
      bias: try vector(name + ".bias", count: width), epsilon: epsilon)
  }
}
