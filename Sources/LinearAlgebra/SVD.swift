/// The thin singular value decomposition of a `Matrix`: `left * diagonal(values) * right`.
package struct SVD: Sendable {
  /// Orthonormal columns, `[rows, p]` with p the lesser extent.
  package let left: Matrix
  /// Largest first, none negative.
  package let values: [Float]
  /// Orthonormal rows, `[p, columns]`; Vᵀ in the literature.
  package let right: Matrix

  /// - Precondition: `matrix` is not empty.
  /// - Throws: ``LinearAlgebraError/nonFinite``, or `noConvergence`, which is not known to happen.
  /// - Complexity: O(rows · columns · p), by LAPACK's `sgesdd`.
  package init(of matrix: Matrix) throws(LinearAlgebraError) {
    guard matrix.isFinite else { throw .nonFinite }
    let (rows, columns) = (matrix.rows, matrix.columns)
    let result = try LAPACK.gesdd(matrix.elements, rows: rows, columns: columns)
    left = Matrix(rows: rows, columns: result.values.count, elements: result.left)
    values = result.values
    right = Matrix(rows: result.values.count, columns: columns, elements: result.right)
  }
}
