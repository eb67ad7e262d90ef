extension DoubleMatrix {
  /// The product `scale * op(left) * op(right)`.
  ///
  /// - Precondition: the inner extents agree, and every extent fits in a `CInt`.
  /// - Complexity: O(rows · inner · columns) in `Double`.
  package static func product(
    _ left: DoubleMatrix, _ right: DoubleMatrix,
    leftAs leftOrientation: Orientation = .asStored,
    rightAs rightOrientation: Orientation = .asStored, scale: Double = 1
  ) -> DoubleMatrix {
    let (m, k) = left.extents(leftOrientation)
    let (inner, n) = right.extents(rightOrientation)
    precondition(k == inner, "inner extents differ")
    var result = DoubleMatrix(zeros: m, n)
    guard k > 0, n > 0 else { return result }
    BLAS.gemm(
      alpha: scale, left, leftOrientation, right, rightOrientation,
      into: &result.elements, OperandLayout(stride: n))
    return result
  }

  /// The inner products of all pairs of rows, `self * selfᵀ`, `[rows, rows]`, exactly symmetric.
  ///
  /// - Complexity: O(rows² · columns), about half of a general product.
  package func rowGram() -> DoubleMatrix { gram(.asStored, size: rows) }

  /// The inner products of all pairs of columns, `selfᵀ * self`, exactly symmetric.
  ///
  /// - Complexity: O(columns² · rows), about half of a general product.
  package func columnGram() -> DoubleMatrix { gram(.transposed, size: columns) }

  /// The transposed matrix, `[columns, rows]`.
  package func transposed() -> DoubleMatrix {
    var result = DoubleMatrix(zeros: columns, rows)
    for row in 0..<rows {
      for column in 0..<columns {
        result.elements[column * rows + row] = elements[row * columns + column]
      }
    }
    return result
  }

  /// Multiplies each row by its factor.
  mutating func scaleRows(by factors: [Double]) {
    precondition(factors.count == rows)
    // A span is checked for sharing once, an array at each element.
    let (rows, columns) = (rows, columns)
    var elements = elements.mutableSpan
    for row in 0..<rows {
      for index in row * columns..<(row + 1) * columns { elements[index] *= factors[row] }
    }
  }

  /// Multiplies each column by its factor.
  mutating func scaleColumns(by factors: [Double]) {
    precondition(factors.count == columns)
    // A span is checked for sharing once, an array at each element.
    let (rows, columns) = (rows, columns)
    var elements = elements.mutableSpan
    for row in 0..<rows {
      for column in 0..<columns { elements[row * columns + column] *= factors[column] }
    }
  }

  private func gram(_ orientation: Orientation, size: Int) -> DoubleMatrix {
    var result = DoubleMatrix(zeros: size, size)
    BLAS.addUpperGram(of: self, orientation, to: &result.elements)
    result.mirrorUpperTriangle()
    return result
  }

  /// Copies the upper triangle of a square matrix onto the lower one.
  mutating func mirrorUpperTriangle() {
    // A span is checked for sharing once, an array at each element.
    let (rows, columns) = (rows, columns)
    var elements = elements.mutableSpan
    for row in 0..<rows {
      for column in 0..<row {
        elements[row * columns + column] = elements[column * columns + row]
      }
    }
  }
}
