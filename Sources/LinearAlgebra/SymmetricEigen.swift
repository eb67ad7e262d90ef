/// The largest eigenvalues of a symmetric matrix and their vectors.
package struct SymmetricEigen: Sendable {
  /// Largest first.
  package let values: [Double]
  /// One orthonormal vector per row, `[values.count, size]`, each of either sign.
  package let vectors: DoubleMatrix

  /// The `count` largest eigenvalues of `matrix`, of which only the upper triangle is read.
  ///
  /// - Precondition: `matrix` is square and `count` in `1...matrix.rows`.
  /// - Throws: ``LinearAlgebraError/nonFinite`` or `noConvergence`.
  /// - Complexity: O(size³) for the reduction, O(size² · count) for the vectors, by `dsyevr`.
  package init(of matrix: DoubleMatrix, largest count: Int) throws(LinearAlgebraError) {
    let size = try Self.checkedSize(of: matrix)
    let result = try LAPACK.syevr(matrix.elements, size: size, .largest(count))
    values = result.values.reversed()
    var rows: [Double] = []
    rows.reserveCapacity(count * size)
    for row in (0..<count).reversed() { rows += result.vectors[row * size..<(row + 1) * size] }
    vectors = DoubleMatrix(rows: count, columns: size, elements: rows)
  }

  /// All eigenvalues, largest first; about half the work of finding vectors too.
  ///
  /// - Precondition: `matrix` is square and not empty; its upper triangle is read.
  /// - Throws: ``LinearAlgebraError/nonFinite`` or `noConvergence`.
  package static func values(of matrix: DoubleMatrix) throws(LinearAlgebraError) -> [Double] {
    let size = try checkedSize(of: matrix)
    return try LAPACK.syevr(matrix.elements, size: size, .values).values.reversed()
  }

  private static func checkedSize(of matrix: DoubleMatrix) throws(LinearAlgebraError) -> Int {
    precondition(matrix.rows == matrix.columns && matrix.rows > 0)
    guard matrix.isFinite else { throw .nonFinite }
    return matrix.rows
  }
}
