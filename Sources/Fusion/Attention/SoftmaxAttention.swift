#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// `shareᵢ = exp(sᵢ / T) / Σⱼ exp(sⱼ / T)`.
///
/// Source: Choi, Im, Sung, *LoRA Fusion: Enhancing Image Generation*, Mathematics 2024,
/// 12(22), 3474, where `T` is 1.
package struct SoftmaxAttention: Sendable {
  /// What was asked for.
  let temperature: Temperature
  /// Where `auto` cannot tell: fewer than four scores, or scores that are all the same.
  let fallback: Double

  /// With `auto`, the temperature in standard deviations of the scores.
  private static let automaticScale = 0.35
  private static let automaticMinimumCount = 4
  private static let automaticMinimumDeviation = 1e-4

  /// - Parameters:
  ///   - temperature: fixed, positive and finite, or automatic.
  ///   - fallback: the encoder's own temperature.
  package init(temperature: Temperature, fallback: Double) {
    (self.temperature, self.fallback) = (temperature, fallback)
  }

  /// What is smaller than this beside the largest share adds nothing to a sum of Float32.
  private static let negligible = 0x1p-24

  /// Shares, `[n]`, that sum to 1; empty for no scores.
  ///
  /// Those that are negligible beside the largest are 0: a small temperature would else give every
  /// adapter of a library a part in the result, and a place in its file, that no type can hold.
  package func shares(of scores: [Double]) -> [Double] {
    guard let largest = scores.max() else { return [] }
    let divisor = effectiveTemperature(for: scores)
    let powers = scores.map { score in
      let power = exp((score - largest) / divisor)
      return power < Self.negligible ? 0 : power
    }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  /// What `scores` are divided by, in units of the cosine.
  package func effectiveTemperature(for scores: [Double]) -> Double {
    switch temperature {
    case .fixed(let value): return value
    case .auto:
      guard scores.count >= Self.automaticMinimumCount else { return fallback }
      let mean = scores.reduce(0, +) / Double(scores.count)
      let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)
      let deviation = variance.squareRoot()
      return deviation > Self.automaticMinimumDeviation
        ? Self.automaticScale * deviation : fallback
    }
  }
}
