#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Shannon's entropy of values' magnitudes, scaled to sum to 1.
enum Entropy {
  /// In nats; `nil` when all values are zero.
  static func nats(of values: [Double]) -> Double? {
    let largest = values.lazy.map(\.magnitude).max() ?? 0
    guard largest > 0 else { return nil }
    // Divided by the largest first, so that their sum is finite.
    let parts = values.map { $0.magnitude / largest }
    let total = parts.reduce(0, +)
    return parts.reduce(0) { entropy, part in
      part > 0 ? entropy - part / total * log(part / total) : entropy
    }
  }

  /// The number of equal values that have the same entropy; 0 when all values are zero.
  static func effectiveCount(of values: [Double]) -> Double {
    nats(of: values).map { exp($0) } ?? 0
  }

  /// Whether the entropy exceeds `part` of the largest that `count` values can have.
  static func exceeds(_ part: Double, ofUniform count: Int, _ values: [Double]) -> Bool {
    nats(of: values).map { $0 > part * log(Double(count)) } ?? false
  }
}
