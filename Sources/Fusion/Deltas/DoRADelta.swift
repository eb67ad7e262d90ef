internal import Formats
internal import LinearAlgebra

/// `m · V / ‖V‖ - W` with `V = W + ΔV`: a new length for each row, or each input, of `V`.
///
/// Source: Liu et al., *DoRA* (arXiv:2402.09353), equation 5.
struct DoRADelta: BaseDelta {
  /// ΔV, with its scale.
  let direction: Delta
  let magnitudes: [Float]
  let axis: DoRA.Axis

  func delta(base: Matrix) throws -> Matrix {
    guard let change = direction.matrix, change.rows == base.rows, change.columns == base.columns
    else { throw misfit("the factors of its DoRA", base: base) }
    var result = base
    for index in result.elements.indices { result.elements[index] += change.elements[index] }
    let factors = try self.factors(of: result)
    // Along the inputs, the elements of a convolution's kernel share a factor.
    let area = axis == .input ? base.columns / factors.count : 1
    for row in 0..<base.rows {
      for column in 0..<base.columns {
        let index = row * base.columns + column
        let factor = axis == .output ? factors[row] : factors[column / area]
        result.elements[index] =
          Float(Double(result.elements[index]) * factor - Double(base.elements[index]))
      }
    }
    return result
  }

  /// The magnitude over the norm, for each row or input of `direction`.
  private func factors(of direction: Matrix) throws -> [Double] {
    let extent = axis == .output ? direction.rows : direction.columns
    guard extent.isMultiple(of: magnitudes.count), axis == .input || extent == magnitudes.count
    else { throw misfit("\(magnitudes.count) magnitudes", base: direction) }
    let area = extent / magnitudes.count
    var squares = [Double](repeating: 0, count: magnitudes.count)
    for row in 0..<direction.rows {
      for column in 0..<direction.columns {
        let element = Double(direction.elements[row * direction.columns + column])
        squares[axis == .output ? row : column / area] += element * element
      }
    }
    return try zip(magnitudes, squares).map { magnitude, square in
      // Nothing has a direction there; a training cannot have left it so.
      guard square > 0 || magnitude == 0 else {
        throw FusionError(.data, "its DoRA gives a length to a row of zeros")
      }
      return square > 0 ? Double(magnitude) / square.squareRoot() : 0
    }
  }
}
