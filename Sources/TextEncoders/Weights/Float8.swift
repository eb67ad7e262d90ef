/// Floating-point numbers of eight bits.
///
/// Source: Micikevicius et al., *FP8 Formats for Deep Learning* (2022), arXiv:2209.05433, table 1.
enum Float8: Sendable, Hashable {
  /// 4 bits of exponent, 3 of significand, no infinities; the largest value is 448.
  case e4m3
  /// 5 bits of exponent, 2 of significand: the upper half of a binary16.
  case e5m2

  /// The value of every byte.
  private var values: [Float] {
    switch self {
    case .e4m3: Self.e4m3Values
    case .e5m2: Self.e5m2Values
    }
  }

  private static let e4m3Values = (0...255).map { byte in
    let (exponent, significand) = (byte >> 3 & 15, Float(byte & 7) / 8)
    let magnitude: Float =
      if byte & 127 == 127 {
        .nan
      } else if exponent == 0 {
        significand * 0x1p-6
      } else {
        Float(sign: .plus, exponent: exponent - 7, significand: 1 + significand)
      }
    return byte < 128 ? magnitude : -magnitude
  }

  private static let e5m2Values = (0...255).map { byte in
    let (exponent, significand) = (byte >> 2 & 31, Float(byte & 3) / 4)
    let magnitude: Float =
      switch exponent {
      case 0: significand * 0x1p-14
      case 31: significand == 0 ? .infinity : .nan
      default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + significand)
      }
    return byte < 128 ? magnitude : -magnitude
  }

  /// Stores the values of `source` in `output`.
  ///
  /// - Precondition: there are as many bytes as elements.
  func widen(_ source: RawSpan, into output: inout MutableSpan<Float>) {
    precondition(source.byteCount == output.count)
    let values = values
    for i in output.indices {
      // SAFETY: `i` is below the number of bytes, and any byte is a UInt8.
      output[i] = values[Int(unsafe source.unsafeLoad(fromByteOffset: i, as: UInt8.self))]
    }
  }
}
