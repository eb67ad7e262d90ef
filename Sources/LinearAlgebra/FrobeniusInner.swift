/// The Frobenius inner product of `up1 * down1` and `up2 * down2`, without forming either.
///
/// - `up1`: `[out, R1]`; `down1`: `[R1, in]`; `up2`: `[out, R2]`; `down2`: `[R2, in]`.
///
/// Source: trace(down1ᵀ up1ᵀ up2 down2) = trace((up1ᵀ up2) (down2 down1ᵀ)), so it is the sum of
/// the products of the elements of up1ᵀ up2 and down1 down2ᵀ.
///
/// - Precondition: the extents agree.
/// - Complexity: O((out + in) · R1 · R2), in `Double`.
package func frobeniusInner(
  _ up1: Matrix, _ down1: Matrix, _ up2: Matrix, _ down2: Matrix
) -> Double {
  precondition(up1.columns == down1.rows && up2.columns == down2.rows)
  let ups = DoubleMatrix.product(DoubleMatrix(up1), DoubleMatrix(up2), leftAs: .transposed)
  let downs = DoubleMatrix.product(DoubleMatrix(down1), DoubleMatrix(down2), rightAs: .transposed)
  return zip(ups.elements, downs.elements).reduce(0) { $0 + $1.0 * $1.1 }
}

/// The Frobenius norm of `up * down`, without forming it.
///
/// - Precondition: `up.columns == down.rows`.
/// - Complexity: O((out + in) · R²), in `Double`.
package func frobeniusNorm(up: Matrix, down: Matrix) -> Double {
  max(0, frobeniusInner(up, down, up, down)).squareRoot()
}
