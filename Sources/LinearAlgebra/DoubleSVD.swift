/// The thin singular value decomposition of a `DoubleMatrix`: `left * diagonal(values) * right`.
package struct DoubleSVD: Sendable {
  /// Orthonormal columns, `[rows, p]` with p the lesser extent.
  package let left: DoubleMatrix
  /// Largest first, none negative.
  package let values: [Double]
  /// Orthonormal rows, `[p, columns]`; Vᵀ in the literature.
  package let right: DoubleMatrix

  /// - Precondition: `matrix` is not empty.
  /// - Throws: ``LinearAlgebraError/nonFinite``, or `noConvergence`, which is not known to happen.
  /// - Complexity: O(rows · columns · p), by LAPACK's `dgesdd`.
  package init(of matrix: DoubleMatrix) throws(LinearAlgebraError) {
    guard matrix.isFinite else { throw .nonFinite }
    let (rows, columns) = (matrix.rows, matrix.columns)
    let result = try LAPACK.gesdd(matrix.elements, rows: rows, columns: columns)
    left = DoubleMatrix(rows: rows, columns: result.values.count, elements: result.left)
    values = result.values
    right = DoubleMatrix(rows: result.values.count, columns: columns, elements: result.right)
  }
}
