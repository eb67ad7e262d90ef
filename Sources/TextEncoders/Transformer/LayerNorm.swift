/// Scales each row to mean 0 and variance 1, then by learned factors.
///
/// Source: Ba et al., *Layer Normalization* (2016), arXiv:1607.06450. The variance is that of the
/// population, as in PyTorch.
package struct LayerNorm: Sendable {
  private let gain, bias: [Float]
  private let epsilon: Float

  /// - Precondition: `gain` and `bias` are of the same length, the width of a row.
  package init(gain: [Float], bias: [Float], epsilon: Float) {
    precondition(gain.count == bias.count)
    (self.gain, self.bias, self.epsilon) = (gain, bias, epsilon)
  }

  /// Normalises the rows at the start of `x`, `[rows, width]`.
  package func apply(to x: inout [Float], rows: Int) {
    let width = gain.count
    let (gain, bias) = (gain.span, bias.span)
    for start in stride(from: 0, to: rows * width, by: width) {
      x.withRow(start..<start + width) { row in
        let mean = row.sum { $0 } / Float(width)
        let variance = row.sum { ($0 - mean) * ($0 - mean) } / Float(width)
        let scale = 1 / (variance + epsilon).squareRoot()
        for i in row.indices { row[i] = (row[i] - mean) * scale * gain[i] + bias[i] }
      }
    }
  }
}
