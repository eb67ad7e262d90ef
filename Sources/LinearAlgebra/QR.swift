/// The thin QR decomposition of a `Matrix`: `orthogonal * upper`.
package struct QR: Sendable {
  /// Orthonormal columns, `[rows, p]` with p the lesser extent.
  package let orthogonal: Matrix
  /// Zero below its diagonal, `[p, columns]`; the diagonal may be of either sign.
  package let upper: Matrix

  /// - Precondition: `matrix` is not empty.
  /// - Throws: ``LinearAlgebraError/nonFinite``.
  /// - Complexity: O(rows · columns · p), by Householder reflections.
  package init(of matrix: Matrix) throws(LinearAlgebraError) {
    guard matrix.isFinite else { throw .nonFinite }
    let (rows, columns) = (matrix.rows, matrix.columns)
    let p = min(rows, columns)
    let factors = LAPACK.geqrf(matrix.elements, rows: rows, columns: columns)
    orthogonal = Matrix(rows: rows, columns: p, elements: factors.orthogonal)
    upper = Matrix(rows: p, columns: columns, elements: factors.upper)
  }
}
