/// How shares, which sum to 1, become the weights of the sum of deltas.
///
/// An adapter was trained to act at strength 1. Shares as weights dilute it, and half the
/// weight has far less than half the effect; hence `gate` and `norm` beside the paper's `sum`.
package enum Mix: String, Sendable, CaseIterable {
  /// `strength` for every share above `gateThreshold`, and 0 for the others.
  case gate
  /// `strength · share`, the paper's.
  case sum
  /// `sum`, scaled so that the fused delta is as long as its parts would be on average:
  /// `‖Σ wᵢΔWᵢ‖ = strength · Σ shareᵢ‖ΔWᵢ‖`, Frobenius.
  case norm

  /// The share an adapter must exceed to pass the gate.
  package static let gateThreshold = 0.15
  /// Shares this near to the threshold are reported.
  package static let gateMargin = 0.03

  /// The weights that `shares` stand for.
  ///
  /// - Parameters:
  ///   - shares: non-negative, `[n]`; they sum to 1, or are all 0.
  ///   - strength: what multiplies the fused delta.
  ///   - deltas: inner products of the adapters' deltas; `norm` needs them.
  /// - Returns: weights, `[n]`.
  /// - Throws: `FusionError` when `norm` has no deltas to measure, or they cancel.
  package func weights(
    of shares: [Double], strength: Double, deltas: DeltaGram?
  ) throws(FusionError) -> [Double] {
    switch self {
    case .gate: shares.map { $0 > Self.gateThreshold ? strength : 0 }
    case .sum: shares.map { strength * $0 }
    case .norm: try Self.scaled(shares, by: strength, deltas: deltas)
    }
  }

  private static func scaled(
    _ shares: [Double], by strength: Double, deltas: DeltaGram?
  ) throws(FusionError) -> [Double] {
    guard let deltas else {
      throw FusionError(.usage, "'norm' needs the adapters' deltas, and there are none here")
    }
    let gain = strength * (try deltas.normPreservingGain(of: shares))
    return shares.map { gain * $0 }
  }
}
