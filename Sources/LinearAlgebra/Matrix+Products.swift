extension Matrix {
  /// The product `scale * op(left) * op(right)`.
  ///
  /// - Precondition: the inner extents agree, and every extent fits in a `CInt`.
  /// - Complexity: O(rows · inner · columns) in `Float`.
  package static func product(
    _ left: Matrix, _ right: Matrix,
    leftAs leftOrientation: Orientation = .asStored,
    rightAs rightOrientation: Orientation = .asStored, scale: Float = 1
  ) -> Matrix {
    let (m, k) = left.extents(leftOrientation)
    let (inner, n) = right.extents(rightOrientation)
    precondition(k == inner, "inner extents differ")
    var result = Matrix(zeros: m, n)
    guard k > 0, n > 0 else { return result }
    BLAS.gemm(
      m: m, n: n, k: k, alpha: scale,
      a: left.elements, OperandLayout(stride: left.columns, leftOrientation),
      b: right.elements, OperandLayout(stride: right.columns, rightOrientation),
      c: &result.elements, OperandLayout(stride: n))
    return result
  }

  /// The inner products of all pairs of rows, `self * selfᵀ`, `[rows, rows]`, summed in `Double`.
  package func rowGram() -> DoubleMatrix {
    DoubleMatrix(self).rowGram()
  }

  /// The inner products of all pairs of columns, `selfᵀ * self`, summed in `Double`.
  package func columnGram() -> DoubleMatrix {
    DoubleMatrix(self).columnGram()
  }

  /// The transposed matrix, `[columns, rows]`.
  package func transposed() -> Matrix {
    var result = Matrix(zeros: columns, rows)
    for row in 0..<rows {
      for column in 0..<columns {
        result.elements[column * rows + row] = elements[row * columns + column]
      }
    }
    return result
  }

  /// The rows and columns of op(self).
  private func extents(_ orientation: Orientation) -> (rows: Int, columns: Int) {
    orientation == .asStored ? (rows, columns) : (columns, rows)
  }
}
