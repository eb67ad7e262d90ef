/// The part of a Gram matrix's spectrum that a request keeps.
///
/// The eigenvalues of a Gram matrix are the squared singular values of what it was made from.
struct LeadingSpectrum {
  /// Singular values, largest first, all above the rounding noise of the Gram matrix.
  let singularValues: [Double]
  /// One orthonormal eigenvector per row, `[singularValues.count, size]`.
  let vectors: DoubleMatrix
  /// The kept share of the sum of squares; 1 for the zero matrix.
  let energyShare: Double

  /// Eigenvalues below `size * ulp` of the largest, or of `magnitude`, are taken for rounding.
  ///
  /// - `magnitude`: the size of the terms that were summed to `gram`, if they may have cancelled.
  ///
  /// - Precondition: `gram` is square, not empty and positive semidefinite but for rounding.
  /// - Throws: ``LinearAlgebraError``.
  init(
    of gram: DoubleMatrix, magnitude: Double = 0, keeping request: RankRequest
  ) throws(LinearAlgebraError) {
    let size = gram.rows
    let noise = Double(size) * .ulpOfOne * magnitude
    let total = (0..<size).reduce(0) { $0 + gram[$1, $1] }
    guard total.isFinite else { throw .nonFinite }
    let count = try Self.count(in: gram, total: total, noise: noise, keeping: request)
    let eigen = try SymmetricEigen(of: gram, largest: count)
    let kept = Self.significant(eigen.values, size: size, noise: noise)
    singularValues = kept.map { $0.squareRoot() }
    vectors = DoubleMatrix(
      rows: kept.count, columns: size,
      elements: Array(eigen.vectors.elements.prefix(kept.count * size)))
    energyShare = kept.isEmpty ? 1 : min(1, kept.reduce(0, +) / total)
  }

  /// How many eigenvalues to ask for, at least 1.
  private static func count(
    in gram: DoubleMatrix, total: Double, noise: Double, keeping request: RankRequest
  ) throws(LinearAlgebraError) -> Int {
    switch request {
    case .rank(let rank):
      precondition(rank > 0, "a rank is at least 1")
      return min(rank, gram.rows)
    case .energy(let share):
      precondition(0...1 ~= share, "a share lies between 0 and 1")
      let all = try SymmetricEigen.values(of: gram)
      let values = significant(all, size: gram.rows, noise: noise)
      var sum = 0.0
      let last = values.firstIndex { value in
        sum += value
        return sum >= share * total
      }
      return max(1, share < 1 ? last.map { $0 + 1 } ?? values.count : values.count)
    }
  }

  /// The eigenvalues, largest first, that are above `noise` and the rounding of the largest.
  static func significant(
    _ values: [Double], size: Int, noise: Double
  ) -> ArraySlice<Double> {
    let rounding = Double(size) * .ulpOfOne * (values.first ?? 0)
    return values.prefix { $0 > max(noise, rounding) }
  }
}
