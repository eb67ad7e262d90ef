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
    guard m > 0, k > 0, n > 0 else { return result }
    BLAS.gemm(
      m: m, n: n, k: k, alpha: scale,
      a: left.elements, OperandLayout(stride: left.columns, leftOrientation),
      b: right.elements, OperandLayout(stride: right.columns, rightOrientation),
      c: &result.elements, OperandLayout(stride: n))
    return result
  }

  /// The inner products of all pairs of rows, `self * selfᵀ`, `[rows, rows]`, summed in `Double`.
  package func rowGram() -> DoubleMatrix {
    var result = DoubleMatrix(zeros: rows, rows)
    forEachColumnPanel { _, panel in
      BLAS.addUpperGram(of: panel, .asStored, to: &result.elements)
    }
    result.mirrorUpperTriangle()
    return result
  }

  /// The inner products of all pairs of columns, `selfᵀ * self`, summed in `Double`.
  package func columnGram() -> DoubleMatrix {
    var result = DoubleMatrix(zeros: columns, columns)
    forEachRowPanel { _, panel in
      BLAS.addUpperGram(of: panel, .transposed, to: &result.elements)
    }
    result.mirrorUpperTriangle()
    return result
  }

  /// The product `self * factorᵀ`, `[rows, factor.rows]`, in `Double`.
  ///
  /// - Precondition: `factor.columns == columns`, and neither is 0.
  func widenedProduct(byTransposeOf factor: DoubleMatrix) -> DoubleMatrix {
    var result = DoubleMatrix(zeros: rows, factor.rows)
    guard factor.rows > 0 else { return result }
    forEachRowPanel { firstRow, panel in
      BLAS.gemm(
        alpha: 1, panel, .asStored, factor, .transposed, into: &result.elements,
        OperandLayout(offset: firstRow * factor.rows, stride: factor.rows))
    }
    return result
  }

  /// The product `factor * self`, `[factor.rows, columns]`, in `Double`.
  ///
  /// - Precondition: `factor.columns == rows`, and neither is 0.
  func widenedProduct(after factor: DoubleMatrix) -> DoubleMatrix {
    var result = DoubleMatrix(zeros: factor.rows, columns)
    forEachColumnPanel { firstColumn, panel in
      BLAS.gemm(
        alpha: 1, factor, .asStored, panel, .asStored, into: &result.elements,
        OperandLayout(offset: firstColumn, stride: columns))
    }
    return result
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
