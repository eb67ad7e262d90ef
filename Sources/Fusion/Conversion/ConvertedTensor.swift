internal import Formats

/// One tensor of a converted file, and where its elements come from.
struct ConvertedTensor: Sendable {
  /// A part of a stored matrix, and its place in the new one.
  struct Block: Sendable {
    let entry: TensorEntry
    let rows: Range<Int>
    /// The columns of the tensor as a matrix, in order; nil for all.
    let columns: [Int]?
    let firstRow: Int
    let firstColumn: Int
    let multiplier: Float
  }

  enum Content: Sendable {
    /// The elements of a tensor, in their order.
    case stored(TensorEntry, multiplier: Float)
    /// One number.
    case number(Double)
    /// Blocks of a matrix that is zero elsewhere.
    case blocks([Block])
  }

  let name: String
  let dtype: DType
  let shape: [Int]
  let content: Content
}
