/// The change itself, of a matrix, a convolution, a bias or the weight of a norm.
package struct WeightDifference: StoredAlgorithm {
  package let name = "difference"
  package let tensor: TensorEntry

  init(_ tensor: TensorEntry) throws(ModuleFault) {
    self.tensor = tensor
    try tensor.checkMatrix(dimensions: 1...5)
  }

  package var tensors: [TensorEntry] { [tensor] }
  package var rank: Int? { nil }
  package var weightShape: [Int]? { tensor.shape }
}
