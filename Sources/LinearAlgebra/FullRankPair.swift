/// The exact product `up * down` as a pair whose rank is the lesser of its extents.
///
/// For factors of a rank above both extents, where the pair is smaller than the factors
/// themselves: the identity beside the dense product, on the side that gives that rank. The
/// product is summed in `Double` and rounded once.
///
/// - `up`: `[out, R]`; `down`: `[R, in]`.
///
/// - Precondition: `up.columns == down.rows`.
/// - Complexity: O(out · in · R).
package func fullRankPair(up: Matrix, down: Matrix) -> (up: Matrix, down: Matrix) {
  fullRankPair(of: Matrix(rounding: DoubleMatrix.product(DoubleMatrix(up), DoubleMatrix(down))))
}

/// `dense` as a pair whose rank is the lesser of its extents, with `scale` moved to the other side.
///
/// The factor that is not `dense / scale` is the identity times `scale`.
///
/// - Precondition: `scale` is a power of two, so that nothing is rounded.
package func fullRankPair(of dense: Matrix, scale: Float = 1) -> (up: Matrix, down: Matrix) {
  let scaled = dense.scaled(by: 1 / scale)
  let identity = Matrix(identity: min(dense.rows, dense.columns)).scaled(by: scale)
  return dense.rows <= dense.columns ? (identity, scaled) : (scaled, identity)
}
