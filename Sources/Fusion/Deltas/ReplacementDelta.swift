internal import LinearAlgebra

/// What is added to a weight so that another stands in its place.
struct ReplacementDelta: BaseDelta {
  let weight: Matrix

  func delta(base: Matrix) throws -> Matrix {
    guard weight.rows == base.rows, weight.columns == base.columns else {
      throw misfit("the [\(weight.rows), \(weight.columns)] of its whole weight", base: base)
    }
    var result = weight
    for index in result.elements.indices { result.elements[index] -= base.elements[index] }
    return result
  }
}

/// The same for some rows.
struct TokenDelta: BaseDelta {
  /// `[count, width]`.
  let rows: Matrix
  let indices: [Int]

  func delta(base: Matrix) throws -> Matrix {
    guard rows.columns == base.columns, indices.allSatisfy({ $0 < base.rows }) else {
      throw misfit("the \(rows.rows) rows of \(rows.columns) of its tokens", base: base)
    }
    var result = Matrix(zeros: base.rows, base.columns)
    for (row, index) in indices.enumerated() {
      for column in 0..<base.columns {
        let place = index * base.columns + column
        result.elements[place] =
          rows.elements[row * base.columns + column] - base.elements[place]
      }
    }
    return result
  }
}
