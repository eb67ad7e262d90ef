/// How much of the squared Frobenius norm of deltas their best approximations of each rank keep.
///
/// By the theorem of Eckart and Young the best approximation of rank r keeps `Σ σᵢ²` over the first
/// r singular values. All deltas are cut to the same rank.
package struct EnergyCurve: Sendable, Hashable {
  /// At index `r - 1`, the share that rank r keeps; ascending, as far as singular values are known.
  package let shares: [Double]

  /// - Parameters:
  ///   - spectra: the singular values of each delta, largest first; maybe only the first of them.
  ///   - totalEnergy: the squared norm of all deltas.
  init(of spectra: [[Double]], totalEnergy: Double) {
    guard totalEnergy > 0 else {
      shares = []
      return
    }
    var sum = 0.0
    shares = (0..<(spectra.map(\.count).max() ?? 0)).map { index in
      for spectrum in spectra where index < spectrum.count {
        sum += spectrum[index] * spectrum[index]
      }
      return min(1, sum / totalEnergy)
    }
  }

  /// The least rank that keeps `share`; nil where it lies beyond the known singular values.
  package func rank(keeping share: Double) -> Int? {
    // The sum of all shares may miss 1 by its rounding.
    shares.firstIndex { $0 >= share - 1e-12 }.map { $0 + 1 }
  }
}
