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
  let dense = Matrix(rounding: DoubleMatrix.product(DoubleMatrix(up), DoubleMatrix(down)))
  return dense.rows <= dense.columns
    ? (Matrix(identity: dense.rows), dense) : (dense, Matrix(identity: dense.columns))
}
