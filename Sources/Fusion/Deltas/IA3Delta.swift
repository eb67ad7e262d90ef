internal import Formats
internal import LinearAlgebra

/// `W` times a factor for each row, or each input, less `W`.
///
/// Source: Liu et al., *(IA)³* (arXiv:2205.05638), section 3.3.
struct IA3Delta: BaseDelta {
  let factors: [Float]
  let axis: DoRA.Axis
  /// Whether the factor is the number itself, or one more.
  let isAbsolute: Bool

  func delta(base: Matrix) throws -> Matrix {
    let extent = axis == .output ? base.rows : base.columns
    guard extent.isMultiple(of: factors.count), axis == .input || extent == factors.count else {
      throw misfit("\(factors.count) factors of its (IA)³", base: base)
    }
    let area = extent / factors.count
    var result = base
    for row in 0..<base.rows {
      for column in 0..<base.columns {
        let factor = factors[axis == .output ? row : column / area]
        result.elements[row * base.columns + column] *= isAbsolute ? factor - 1 : factor
      }
    }
    return result
  }
}
