/// Reads and writes a tensor of one element as a number.
package enum StoredScalar {
  /// The value of the first element of `bytes`; nil for types that no alpha has.
  package static func value(of bytes: RawSpan, dtype: DType) -> Double? {
    guard bytes.byteCount >= dtype.bitCount / 8 else { return nil }
    // SAFETY: the span holds at least one element, and every bit pattern of it is valid.
    switch dtype {
    case .f32:
      return Double(Float(bitPattern: unsafe bytes.unsafeLoadUnaligned(as: UInt32.self)))
    case .f64: return Double(bitPattern: unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
    case .f16:
      return Double(Float16(bitPattern: unsafe bytes.unsafeLoadUnaligned(as: UInt16.self)))
    case .bf16:
      let high = UInt32(unsafe bytes.unsafeLoadUnaligned(as: UInt16.self))
      return Double(Float(bitPattern: high << 16))
    case .i64: return Double(unsafe bytes.unsafeLoadUnaligned(as: Int64.self))
    case .i32: return Double(unsafe bytes.unsafeLoadUnaligned(as: Int32.self))
    case .i16: return Double(unsafe bytes.unsafeLoadUnaligned(as: Int16.self))
    case .i8: return Double(unsafe bytes.unsafeLoadUnaligned(as: Int8.self))
    case .u8, .bool: return Double(unsafe bytes.unsafeLoadUnaligned(as: UInt8.self))
    case .f8e4m3, .f8e5m2:
      return value(ofEightBits: unsafe bytes.unsafeLoadUnaligned(as: UInt8.self), dtype)
    default: return nil
    }
  }

  /// Source: Micikevicius et al., *FP8 Formats for Deep Learning* (2022), arXiv:2209.05433, table 1.
  private static func value(ofEightBits bits: UInt8, _ dtype: DType) -> Double {
    // The longer exponent is that of binary16.
    guard dtype == .f8e4m3 else { return Double(Float16(bitPattern: UInt16(bits) << 8)) }
    let (exponent, fraction) = (Int(bits >> 3 & 0xF), Double(bits & 7))
    let magnitude: Double
    switch (exponent, bits & 7) {
    case (0, _): magnitude = fraction * 0x1p-9
    case (15, 7): magnitude = .nan
    default: magnitude = Double(sign: .plus, exponent: exponent - 10, significand: 8 + fraction)
    }
    return bits & 0x80 == 0 ? magnitude : -magnitude
  }

  /// The bytes of `value`, rounded, in little-endian order.
  ///
  /// Nil for types that no alpha has, and for a number that is none of an integer type, of BF16 or of one
  /// of 8 bits.
  package static func bytes(of value: Double, dtype: DType) -> [UInt8]? {
    switch dtype {
    case .f32: return bytes(of: Float(value).bitPattern)
    case .f64: return bytes(of: value.bitPattern)
    case .f16: return bytes(of: Float16(value).bitPattern)
    case .bf16:
      let bits = Float(value).bitPattern
      return bits & 0xFFFF == 0 ? bytes(of: UInt16(bits >> 16)) : nil
    case .i64: return Int64(exactly: value).map { bytes(of: $0) }
    case .i32: return Int32(exactly: value).map { bytes(of: $0) }
    case .i16: return Int16(exactly: value).map { bytes(of: $0) }
    case .i8: return Int8(exactly: value).map { bytes(of: $0) }
    case .u8, .bool: return UInt8(exactly: value).map { [$0] }
    case .f8e4m3, .f8e5m2:
      return (UInt8.min...UInt8.max).first { self.value(ofEightBits: $0, dtype) == value }.map {
        [$0]
      }
    default: return nil
    }
  }

  private static func bytes<Bits: FixedWidthInteger>(of bits: Bits) -> [UInt8] {
    (0..<Bits.bitWidth / 8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
  }
}
