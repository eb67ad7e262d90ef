/// What the singular values of a change say of it.
package struct DeltaSpectrum: Sendable, Hashable {
  /// All singular values above the rounding, largest first, the scale included.
  package let singularValues: [Double]
  /// `√ Σ σ²`, the Frobenius norm.
  package let frobeniusNorm: Double

  /// - Precondition: all values are finite.
  package init(singularValues: [Double]) {
    self.singularValues = singularValues
    frobeniusNorm = Self.norm(singularValues, largest: singularValues.first ?? 0)
  }

  /// `√ Σ v²`, or the largest number there is; divided by the largest first, so that squares neither
  /// overflow nor vanish.
  private static func norm(_ values: [Double], largest: Double) -> Double {
    guard largest > 0 else { return 0 }
    let root = values.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
    return min(largest * root, .greatestFiniteMagnitude)
  }

  /// Several spectra as one: in each place the root of the sum of their squares there.
  package init(joining spectra: [DeltaSpectrum]) {
    let largest = spectra.compactMap(\.singularValues.first).max() ?? 0
    var squares = [Double](repeating: 0, count: spectra.map(\.rank).max() ?? 0)
    for spectrum in spectra where largest > 0 {
      for (place, value) in spectrum.singularValues.enumerated() {
        squares[place] += (value / largest) * (value / largest)
      }
    }
    self.init(
      singularValues: squares.map { min(largest * $0.squareRoot(), .greatestFiniteMagnitude) })
  }

  /// The number of singular values above the rounding.
  package var rank: Int { singularValues.count }

  /// The shares `σᵢ² / Σ σ²`.
  private var shares: [Double] {
    // Divided before it is squared, so that small numbers stay above zero.
    singularValues.map { ($0 / frobeniusNorm) * ($0 / frobeniusNorm) }
  }

  /// The exponential of the entropy of the shares of `σ²`; 0 for the zero matrix.
  ///
  /// Source: Roy and Vetterli, *The effective rank* (2007), with the squares that energy has.
  package var effectiveRank: Double {
    rank == 0 ? 0 : Entropy.effectiveCount(of: shares)
  }

  /// `‖ΔW‖²_F / σ₁²`; 0 for the zero matrix.
  package var stableRank: Double {
    guard let largest = singularValues.first else { return 0 }
    return (frobeniusNorm / largest) * (frobeniusNorm / largest)
  }

  /// The share of the squared norm that the best approximation of each rank keeps, from rank 1 on.
  package var keptShares: [Double] {
    var sum = 0.0
    return shares.map { share in
      sum += share
      return min(sum, 1)
    }
  }

  /// The least rank whose best approximation keeps `share` of the squared norm.
  package func rank(keeping share: Double) -> Int {
    var sum = 0.0
    let index = shares.firstIndex { value in
      sum += value
      return sum >= share
    }
    return index.map { $0 + 1 } ?? rank
  }
}
