package import LinearAlgebra

/// `U · max(0, Σ + shifts) · Vᵀ - W`, with `W = U · Σ · Vᵀ`.
///
/// Several of one weight add their weighted shifts inside the limit at 0, as one adapter with a
/// strength does. A vector is a matrix of one row.
///
/// Source: Han et al., *SVDiff* (arXiv:2303.11305), equations 3 and 4; svdiff-pytorch.
package struct SVDiffDelta: BaseDelta {
  let shifts: [Double]

  init(shifts: [Float]) { self.shifts = shifts.map { Double($0) } }

  /// The delta of several, each with a weight; `delta(base:)` is then not to be weighted again.
  ///
  /// - Throws: `FusionError` when they are for weights of different shapes.
  package init(sumOf parts: [(delta: SVDiffDelta, weight: Double)]) throws(FusionError) {
    let count = parts.first?.delta.shifts.count ?? 0
    guard parts.allSatisfy({ $0.delta.shifts.count == count }) else {
      throw FusionError(.data, "its SVDiff shifts are of different lengths in two adapters")
    }
    var sum = [Double](repeating: 0, count: count)
    for part in parts {
      for index in sum.indices { sum[index] += part.weight * part.delta.shifts[index] }
    }
    shifts = sum
  }

  package func delta(base: Matrix) throws -> Matrix { try delta(base: base, nil) }

  /// The same, with the singular values that `spectra` keeps.
  func delta(base: Matrix, _ spectra: SpectrumCache?) throws -> Matrix {
    let isVector = base.columns == 1 || base.rows == 1
    let count = isVector ? 1 : min(base.rows, base.columns)
    guard base.rows > 0, base.columns > 0, shifts.count == count else {
      throw misfit("\(shifts.count) shifts of its SVDiff", base: base)
    }
    let spectrum = try spectra?.spectrum(of: base) ?? Spectrum(of: base)
    // Only what changes is put together again; what stays would come back with errors.
    var left = DoubleMatrix(spectrum.left)
    for column in 0..<left.columns {
      let value = spectrum.values[column]
      let change = max(0, value + shifts[column]) - value
      for row in 0..<left.rows { left.elements[row * left.columns + column] *= change }
    }
    return Matrix(rounding: DoubleMatrix.product(left, DoubleMatrix(spectrum.right)))
  }
}
