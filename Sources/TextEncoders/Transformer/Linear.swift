internal import LinearAlgebra

/// A linear layer: y = x Wᵀ + b, with W `[outputs, inputs]`.
package struct Linear: Sendable {
  private let weight: StoredMatrix
  private let bias: [Float]

  /// Rows of a weight that are widened and multiplied at once: few enough to stay in the cache,
  /// enough to pay for preparing `x`.
  private static let tileRows = 384

  /// - Precondition: `bias` has an element for each row of `weight`.
  package init(weight: StoredMatrix, bias: [Float]) {
    precondition(bias.count == weight.rows)
    (self.weight, self.bias) = (weight, bias)
  }

  var outputs: Int { weight.rows }
  var inputs: Int { weight.columns }

  /// Stores the layer's results for `x` in columns of `y` from `column` on.
  ///
  /// `x` is `[tokens, inputs]`, `y` is `[tokens, stride]`, where `stride` is the number of outputs
  /// unless given. `tile` is room for widened weights, kept between calls.
  func apply(
    to x: [Float], tokens: Int, into y: inout [Float], column: Int = 0, stride: Int? = nil,
    tile: inout [Float]
  ) {
    let stride = stride ?? outputs
    fill(&y, tokens: tokens, column: column, stride: stride)
    let tileSize = min(Self.tileRows, outputs) * inputs
    if tile.count < tileSize { tile = [Float](repeating: 0, count: tileSize) }
    for first in Swift.stride(from: 0, to: outputs, by: Self.tileRows) {
      let rows = first..<min(first + Self.tileRows, outputs)
      weight.widen(rows, into: &tile)
      BLAS.gemm(
        m: tokens, n: rows.count, k: inputs,
        a: x, OperandLayout(stride: inputs),
        b: tile, OperandLayout(stride: inputs, .transposed),
        beta: 1, c: &y, OperandLayout(offset: column + first, stride: stride))
    }
  }

  /// Stores the bias in every row.
  private func fill(_ y: inout [Float], tokens: Int, column: Int, stride: Int) {
    let source = bias.span
    for token in 0..<tokens {
      let start = token * stride + column
      y.withRow(start..<start + source.count) { row in
        for i in row.indices { row[i] = source[i] }
      }
    }
  }
}
