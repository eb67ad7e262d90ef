/// A factor of a symmetric positive semidefinite matrix: `factor * factorᵀ`, of numerical rank.
package struct PivotedCholesky: Sendable {
  /// `[size, rank]`; its rows are in the matrix's own order, so it isn't triangular.
  package let factor: DoubleMatrix

  /// - Precondition: `matrix` is square and not empty; its upper triangle is read.
  /// - Throws: ``LinearAlgebraError/nonFinite``.
  /// - Complexity: O(size · rank²), by LAPACK's `dpstrf`, which stops at pivots below
  ///   `size * ulp` of the largest element of the diagonal.
  package init(of matrix: DoubleMatrix) throws(LinearAlgebraError) {
    precondition(matrix.rows == matrix.columns && matrix.rows > 0)
    guard matrix.isFinite else { throw .nonFinite }
    let size = matrix.rows
    var elements = matrix.elements
    let (rank, order) = LAPACK.pstrf(&elements, size: size)
    var factor = DoubleMatrix(zeros: size, rank)
    var target = factor.elements.mutableSpan
    for index in 0..<size {
      let row = order[index] * rank
      for column in 0..<min(index + 1, rank) {
        target[row + column] = elements[column * size + index]
      }
    }
    self.factor = factor
  }
}
