/// A weight that stands in place of the model's own.
///
/// PEFT saves them for `modules_to_save` and for trained biases.
package struct WeightReplacement: StoredAlgorithm {
  package let name = "whole weight"
  package let tensor: TensorEntry

  init(_ tensor: TensorEntry) throws(ModuleFault) {
    self.tensor = tensor
    try tensor.checkMatrix(dimensions: 1...5)
  }

  package var tensors: [TensorEntry] { [tensor] }
  package var rank: Int? { nil }
  package var weightShape: [Int]? { tensor.shape }
}

/// Rows of an embedding that stand in place of the model's own.
///
/// - `rows`: `[count, width]`, for the tokens of `indices`.
///
/// Source: PEFT 0.21, `tuners/trainable_tokens/layer.py`.
package struct TokenReplacement: StoredAlgorithm {
  package let name = "trainable tokens"
  package let rows: TensorEntry
  package let indices: [Int]

  init(_ rows: TensorEntry, indices: [Int]) throws(ModuleFault) {
    (self.rows, self.indices) = (rows, indices)
    try rows.checkMatrix(dimensions: 2...2)
    guard rows.shape[0] == indices.count, Set(indices).count == indices.count,
      indices.allSatisfy({ $0 >= 0 })
    else {
      throw ModuleFault(
        "has \(rows.shape[0]) rows for \(indices.count) tokens in trainable_token_indices")
    }
  }

  package var tensors: [TensorEntry] { [rows] }
  package var rank: Int? { nil }
  package var weightShape: [Int]? { nil }
}
