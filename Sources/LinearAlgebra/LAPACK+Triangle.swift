import COpenBLAS

extension LAPACK {
  /// The lower triangle L, `[rows, p]` row-major, of the LQ factors of a row-major
  /// `[rows, columns]`; p is the lesser extent.
  ///
  /// LAPACK sees the transpose, whose factors are Qᵀ * Lᵀ: read by rows, its R is L.
  static func lowerTriangle(
    of matrix: consuming [Double], rows: Int, columns: Int
  ) -> [Double] {
    let p = min(rows, columns)
    precondition(p > 0 && matrix.count == rows * columns)
    _ = singleThreaded
    let (m, n) = (CInt(columns), CInt(rows))
    var scales = [Double](repeating: 0, count: p)
    var (work, info): ([Double], CInt) = ([0], 0)
    // SAFETY: every array has the length that the routine's documentation asks for, here and below.
    unsafe dgeqrf_([m], [n], &matrix, [m], &scales, &work, [-1], &info)
    let length = CInt(work[0])
    work = [Double](repeating: 0, count: Int(length))
    unsafe dgeqrf_([m], [n], &matrix, [m], &scales, &work, [length], &info)
    precondition(info == 0, "invalid argument")
    var lower = [Double](repeating: 0, count: rows * p)
    for row in 0..<rows {
      for column in 0..<min(row + 1, p) { lower[row * p + column] = matrix[row * columns + column] }
    }
    return lower
  }
}

extension DoubleMatrix {
  /// The lower triangle L of `self = L * Q`, where Q has orthonormal rows; `[rows, p]` with p the
  /// lesser extent.
  ///
  /// Unlike a factor of the Gram matrix it keeps all digits, as nothing is squared.
  ///
  /// - Precondition: the matrix is not empty and finite.
  /// - Complexity: O(rows² · columns) for a wide matrix, by Householder reflections.
  func lowerTriangle() -> DoubleMatrix {
    DoubleMatrix(
      rows: rows, columns: min(rows, columns),
      elements: LAPACK.lowerTriangle(of: elements, rows: rows, columns: columns))
  }
}
