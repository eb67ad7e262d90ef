/// The best approximation of a matrix by a product of two thinner factors.
///
/// By the theorem of Eckart and Young (1936) no pair of the same rank is nearer in the Frobenius
/// norm. Both factors carry the square root of each singular value, and the largest component of
/// each column of `up` is positive, so that the same input gives the same bytes.
///
/// Sums are taken in `Double` and squared, so that singular values below 10⁻⁷ of the largest,
/// about the rounding of a `Float` factor, count as zero and are never kept.
package struct Recompression: Sendable {
  /// `[out, rank]`.
  package let up: Matrix
  /// `[rank, in]`.
  package let down: Matrix
  /// The kept singular values, largest first: `rank` of them, or none for the zero matrix.
  package let singularValues: [Double]
  /// The sum of the kept squared singular values over the sum of all; 1 for the zero matrix.
  package let energyShare: Double

  /// The columns of `up`: no more than asked for, fewer if the matrix has a lesser rank.
  ///
  /// At least 1, as files can't hold less: the zero matrix gives a pair of zeros.
  package var rank: Int { up.columns }

  /// Recompresses the product `up * down`, with any scale already folded in.
  ///
  /// - `up`: `[out, R]`; `down`: `[R, in]`, as several adapters side by side.
  ///
  /// - Precondition: `up.columns == down.rows`, and neither `out` nor `in` is 0.
  /// - Throws: ``LinearAlgebraError``.
  /// - Complexity: O((out + in) · R² + R³) for R below both extents, else O(out · in · R).
  package init(
    up: Matrix, down: Matrix, keeping request: RankRequest
  ) throws(LinearAlgebraError) {
    precondition(up.columns == down.rows && up.rows > 0 && down.columns > 0)
    if up.columns < min(up.rows, down.columns) {
      try self.init(lowRank: up, down, keeping: request)
    } else {
      let product = DoubleMatrix.product(DoubleMatrix(up), DoubleMatrix(down))
      try self.init(dense: product, keeping: request)
    }
  }

  /// Recompresses a dense matrix, `[out, in]`.
  ///
  /// - Precondition: `matrix` is not empty.
  /// - Throws: ``LinearAlgebraError``.
  /// - Complexity: O(out · in · min(out, in)).
  package init(dense matrix: DoubleMatrix, keeping request: RankRequest) throws(LinearAlgebraError)
  {
    precondition(matrix.rows > 0 && matrix.columns > 0)
    let isWide = matrix.rows <= matrix.columns
    let gram = isWide ? matrix.rowGram() : matrix.columnGram()
    let spectrum = try LeadingSpectrum(of: gram, keeping: request)
    // One factor from the vectors; the other is the matrix projected on them, over σ.
    var vectors = spectrum.vectors
    vectors.scaleRows(by: spectrum.singularValues.map { 1 / $0.squareRoot() })
    let projected =
      isWide
      ? DoubleMatrix.product(vectors, matrix)
      : DoubleMatrix.product(matrix, vectors, rightAs: .transposed)
    vectors.scaleRows(by: spectrum.singularValues)
    self.init(
      up: isWide ? vectors.transposed() : projected, down: isWide ? projected : vectors, spectrum)
  }

  /// The result, from balanced factors of either sign.
  init(up: DoubleMatrix, down: DoubleMatrix, _ spectrum: LeadingSpectrum) {
    var (up, down) = (up, down)
    let signs = up.signsOfLargestPerColumn()
    up.scaleColumns(by: signs)
    down.scaleRows(by: signs)
    let isZero = signs.isEmpty
    self.up = isZero ? Matrix(zeros: up.rows, 1) : Matrix(rounding: up)
    self.down = isZero ? Matrix(zeros: 1, down.columns) : Matrix(rounding: down)
    singularValues = spectrum.singularValues
    energyShare = spectrum.energyShare
  }
}

extension DoubleMatrix {
  /// -1 for each column whose component of largest magnitude, the first of several, is negative.
  fileprivate func signsOfLargestPerColumn() -> [Double] {
    var largest = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = elements[row * columns + column]
        if value.magnitude > largest[column].magnitude { largest[column] = value }
      }
    }
    return largest.map { $0 < 0 ? -1 : 1 }
  }
}
