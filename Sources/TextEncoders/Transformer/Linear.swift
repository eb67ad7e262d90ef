internal import LinearAlgebra

/// A linear layer: y = x Wᵀ + b, with W `[outputs, inputs]`; or y = x W + b, with W `[inputs, outputs]`.
package struct Linear: Sendable {
  private let weight: StoredMatrix
  private let bias: [Float]?
  private let orientation: Orientation

  /// What happens to the old content of the layer's target.
  enum Target {
    case isReplaced, isAddedTo
  }

  /// - Precondition: `bias` has an element for each row of `weight`.
  package init(weight: StoredMatrix, bias: [Float]? = nil) {
    precondition(bias == nil || bias?.count == weight.rows)
    (self.weight, self.bias, orientation) = (weight, bias, .transposed)
  }

  /// A layer without bias, whose weight is stored as `[inputs, outputs]`.
  init(inputMajor weight: StoredMatrix) {
    (self.weight, bias, orientation) = (weight, nil, .asStored)
  }

  var outputs: Int { orientation == .transposed ? weight.rows : weight.columns }
  var inputs: Int { orientation == .transposed ? weight.columns : weight.rows }
  /// The number of weights.
  var size: Int { weight.rows * weight.columns }

  /// The same layer, with a weight that is ready for multiplication.
  func widened() throws -> Linear {
    Linear(weight: try weight.widened(), bias: bias, orientation)
  }

  private init(weight: StoredMatrix, bias: [Float]?, _ orientation: Orientation) {
    (self.weight, self.bias, self.orientation) = (weight, bias, orientation)
  }

  /// Stores the layer's results for `x` in columns of `y` from `column` on, or adds them.
  ///
  /// `x` starts with `[tokens, inputs]`, `y` with `[tokens, stride]`, where `stride` is the number
  /// of outputs unless given. `tile` is room for widened weights, kept between calls.
  func apply(
    to x: [Float], tokens: Int, into y: inout [Float], column: Int = 0, stride: Int? = nil,
    _ target: Target = .isReplaced, tile: inout [Float]
  ) throws {
    let stride = stride ?? outputs
    prepare(&y, tokens: tokens, column: column, stride: stride, target)
    for rows in weight.tiles {
      try weight.withRows(rows, tile: &tile) { values in
        var sums = y.mutableSpan
        switch orientation {
        case .transposed:
          RowProduct.add(
            rows: tokens, columns: rows.count, inner: inputs,
            x: x.span, OperandLayout(stride: inputs),
            w: values, OperandLayout(stride: inputs, .transposed),
            to: &sums, OperandLayout(offset: column + rows.lowerBound, stride: stride))
        case .asStored:
          RowProduct.add(
            rows: tokens, columns: outputs, inner: rows.count,
            x: x.span, OperandLayout(offset: rows.lowerBound, stride: inputs),
            w: values, OperandLayout(stride: outputs),
            to: &sums, OperandLayout(offset: column, stride: stride))
        }
      }
    }
  }

  /// Stores the bias in every row, or adds it.
  private func prepare(
    _ y: inout [Float], tokens: Int, column: Int, stride: Int, _ target: Target
  ) {
    if bias == nil, target == .isAddedTo { return }
    let bias = bias ?? [Float](repeating: 0, count: outputs)
    let source = bias.span
    for token in 0..<tokens {
      let start = token * stride + column
      y.withRow(start..<start + source.count) { row in
        switch target {
        case .isReplaced: for i in row.indices { row[i] = source[i] }
        case .isAddedTo: for i in row.indices { row[i] += source[i] }
        }
      }
    }
  }
}
