internal import Formats
internal import LinearAlgebra

/// A scale divided between the two factors of a product.
struct BalancedScale: Sendable, Hashable {
  var down: Float = 1
  var up: Float = 1

  /// All of `scale` in the smaller factor, so that the larger is copied.
  init(_ scale: Double, inner: Int, out: Int) {
    if inner < out { down = Float(scale) } else { up = Float(scale) }
  }

  /// Divides `scale` so that neither factor leaves the range of half precision.
  ///
  /// Where a scale would push half precision to the end of its range, a power of two moves between
  /// the factors so that their largest elements, of magnitudes `down` and `up`, have about the same
  /// magnitude. Nil where both would become zero all the same.
  init?(_ scale: Double, down: Double, up: Double) {
    guard down > 0, up > 0 else {
      self.up = Float(scale)
      return
    }
    let ratio = up * scale.magnitude / down
    let shift = Double(sign: .plus, exponent: Int(ratio.exponent) / 2, significand: 1)
    let least = 0x1p-25
    guard down * shift > least, up * scale.magnitude / shift > least else { return nil }
    self.down = Float(shift)
    self.up = Float(scale / shift)
  }

  /// Whether half precision keeps its digits when a factor of half precision is multiplied.
  static func isMild(_ scale: Double) -> Bool { (0.25...16).contains(scale.magnitude) }
}
