internal import LinearAlgebra

/// What was kept of the delta of a recompressed module.
package struct KeptSpectrum: Sendable, Hashable {
  /// The singular values that were kept, largest first.
  package let singularValues: [Double]
  /// The squared Frobenius norm of the whole delta.
  package let totalEnergy: Double

  init(of result: Recompression) {
    singularValues = result.singularValues
    let kept = result.singularValues.reduce(0) { $0 + $1 * $1 }
    totalEnergy = result.energyShare > 0 ? kept / result.energyShare : kept
  }

  /// The squared Frobenius norm of what was kept.
  package var keptEnergy: Double { singularValues.reduce(0) { $0 + $1 * $1 } }
}
