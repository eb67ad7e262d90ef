/// The singular values of a matrix, without its vectors.
package enum SingularValues {
  /// The singular values of `up * down`, largest first; those that are zero in the precision of the
  /// sums, below about 10⁻⁷ of the largest, are left out.
  ///
  /// By the Gram matrices of the factors, as in `Recompression`, but without vectors.
  ///
  /// - `up`: `[out, R]`; `down`: `[R, in]`.
  ///
  /// - Precondition: `up.columns == down.rows`, and no extent is 0.
  /// - Throws: ``LinearAlgebraError``.
  /// - Complexity: O((out + in) · R² + R³) for R below both extents, else O(out · in · R).
  package static func of(up: Matrix, down: Matrix) throws(LinearAlgebraError) -> [Double] {
    precondition(up.columns == down.rows && up.columns > 0)
    guard up.columns < min(up.rows, down.columns) else {
      return try of(dense: DoubleMatrix.product(DoubleMatrix(up), DoubleMatrix(down)))
    }
    var (upGram, downGram) = (up.columnGram(), down.rowGram())
    let balance = try FactorBalance(up: upGram, down: downGram)
    upGram.scaleBothSides(by: balance.up)
    downGram.scaleBothSides(by: balance.down)
    guard balance.up.contains(where: { $0 != 0 }) else { return [] }
    let factor = try PivotedCholesky(of: downGram).factor
    let core = DoubleMatrix.product(
      factor, DoubleMatrix.product(upGram, factor), leftAs: .transposed)
    return try roots(
      of: core, magnitude: upGram.largestOnDiagonal * downGram.largestOnDiagonal)
  }

  /// The singular values of a matrix that is not empty, as above.
  package static func of(dense matrix: DoubleMatrix) throws(LinearAlgebraError) -> [Double] {
    try roots(
      of: matrix.rows <= matrix.columns ? matrix.rowGram() : matrix.columnGram(), magnitude: 0)
  }

  /// The singular values of `(up₁ down₁) ∘ (up₂ down₂)`, as above.
  ///
  /// - Precondition: both products have the same extents, none of which is 0.
  /// - Throws: ``LinearAlgebraError``.
  /// - Complexity: O(out · in · min(out, in)); memory for the Gram matrix of the smaller extent.
  package static func of(
    elementwiseProductOf first: (up: Matrix, down: Matrix), _ second: (up: Matrix, down: Matrix)
  ) throws(LinearAlgebraError) -> [Double] {
    guard first.down.columns <= first.up.rows else {
      return try of(
        elementwiseProductOf: (first.down.transposed(), first.up.transposed()),
        (second.down.transposed(), second.up.transposed()))
    }
    let (downs, size) = ([first, second].map { DoubleMatrix($0.down) }, first.down.columns)
    var gram = DoubleMatrix(zeros: size, size)
    let step = 256
    for start in stride(from: 0, to: first.up.rows, by: step) {
      let rows = start..<min(start + step, first.up.rows)
      var block = DoubleMatrix.product(DoubleMatrix(first.up, rows: rows), downs[0])
      let other = DoubleMatrix.product(DoubleMatrix(second.up, rows: rows), downs[1])
      for index in block.elements.indices { block.elements[index] *= other.elements[index] }
      let part = block.columnGram()
      for index in gram.elements.indices { gram.elements[index] += part.elements[index] }
    }
    return try roots(of: gram, magnitude: 0)
  }

  private static func roots(
    of gram: DoubleMatrix, magnitude: Double
  ) throws(LinearAlgebraError) -> [Double] {
    let values = try SymmetricEigen.values(of: gram)
    return LeadingSpectrum.significant(
      values, size: gram.rows, noise: Double(gram.rows) * .ulpOfOne * magnitude
    ).map { $0.squareRoot() }
  }
}
