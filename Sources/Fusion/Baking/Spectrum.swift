package import LinearAlgebra

/// The singular value decomposition of a weight: `left · diagonal(values) · right`.
///
/// Vectors are kept in `Float`, so that a spectrum that was stored and one that was just computed give
/// the same result.
package struct Spectrum: Sendable, Hashable {
  /// `[rows, p]` with p the lesser extent.
  package let left: Matrix
  /// Largest first.
  package let values: [Double]
  /// `[p, columns]`.
  package let right: Matrix

  init(left: Matrix, values: [Double], right: Matrix) {
    (self.left, self.values, self.right) = (left, values, right)
  }

  /// Decomposes `weight`, which is not empty, in `Double`.
  ///
  /// - Throws: `FusionError` for a weight with an element that is not finite.
  package init(of weight: Matrix) throws(FusionError) {
    do {
      let svd = try DoubleSVD(of: DoubleMatrix(weight))
      self.init(
        left: Matrix(rounding: svd.left), values: svd.values, right: Matrix(rounding: svd.right))
    } catch {
      throw FusionError(.data, "the singular values of the base's weight cannot be found: \(error)")
    }
  }
}
