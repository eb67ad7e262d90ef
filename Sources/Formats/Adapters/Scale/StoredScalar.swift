/// Reads a tensor of one element as a number.
enum StoredScalar {
  /// The value of the first element of `bytes`; nil for types that no alpha has.
  static func value(of bytes: RawSpan, dtype: DType) -> Double? {
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
    default: return nil
    }
  }
}
