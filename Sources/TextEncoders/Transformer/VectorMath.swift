/// Elementary functions without branches or library calls, so that loops over them are vectorised
/// and give the same bits on every machine.
package enum VectorMath {
  /// The exponential function, with a relative error below 3e-7; `x` is limited to -87...88.
  ///
  /// x = n ln 2 + r, and a polynomial for exp(r) (Cody and Waite, *Software Manual for the
  /// Elementary Functions*, 1980, chapter 6).
  @inline(__always)
  package static func exp(_ x: Float) -> Float {
    let x = Swift.min(Swift.max(x, -87), 88)
    // Added to 1.5 * 2^23, a number is rounded to an integer, which then stands in the low bits.
    let shifted = x * 1.442_695_04 + 0x1.8p23
    let n = shifted - 0x1.8p23
    let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
    var sum: Float = 1.0 / 720
    sum = sum * r + 1.0 / 120
    sum = sum * r + 1.0 / 24
    sum = sum * r + 1.0 / 6
    sum = sum * r + 0.5
    sum = sum * r + 1
    sum = sum * r + 1
    let power = (shifted.bitPattern &- Float(0x1.8p23).bitPattern &+ 127) << 23
    return sum * Float(bitPattern: power)
  }

  /// The error function, with a relative error below 4e-7.
  ///
  /// x P(x²) / Q(x²), fitted to the smallest relative error on 0...3.92; beyond, erf is 1 but for
  /// 3e-8.
  @inline(__always)
  package static func erf(_ x: Float) -> Float {
    let x = Swift.min(Swift.max(x, -3.92), 3.92)
    let z = x * x
    var p: Float = 1.991_931_4e-8
    p = p * z - 1.957_389_4e-6
    p = p * z + 1.418_137_8e-4
    p = p * z + 3.700_660_5e-3
    p = p * z + 5.057_065_2e-2
    p = p * z + 0.199_906_62
    p = p * z + 1.128_379_1
    var q: Float = 9.557_634_4e-4
    q = q * z + 1.435_143_9e-2
    q = q * z + 0.114_990_73
    q = q * z + 0.510_494_35
    q = q * z + 1
    return x * p / q
  }

  /// x Φ(x) with the exact distribution function: 0.5 x (1 + erf(x / √2)).
  @inline(__always)
  package static func gelu(_ x: Float) -> Float {
    0.5 * x * (1 + erf(x * 0.707_106_78))
  }

  /// x / (1 + exp(-1.702 x)), the approximation of gelu in OpenAI's CLIP.
  @inline(__always)
  package static func quickGelu(_ x: Float) -> Float {
    x / (1 + exp(-1.702 * x))
  }
  /// The hyperbolic tangent, with an absolute error below 3e-7.
  @inline(__always)
  package static func tanh(_ x: Float) -> Float {
    1 - 2 / (1 + exp(2 * x))
  }

  /// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))).
  @inline(__always)
  package static func tanhGelu(_ x: Float) -> Float {
    0.5 * x * (1 + tanh(0.797_884_56 * (x + 0.044_715 * x * x * x)))
  }
}
