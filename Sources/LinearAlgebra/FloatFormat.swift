/// The binary layouts of a stored weight, all little-endian.
package enum FloatFormat: Sendable, Hashable, CaseIterable {
  /// IEEE 754 binary32.
  case f32
  /// IEEE 754 binary16: 5 bits of exponent, 10 of significand; the largest value is 65504.
  case f16
  /// The upper half of a binary32: 8 bits of exponent, 7 of significand.
  case bf16
  /// 4 bits of exponent, 3 of significand, no infinities; the largest value is 448.
  case f8e4m3
  /// 5 bits of exponent, 2 of significand; the largest value is 57344.
  case f8e5m2

  /// The size of one element in bytes.
  package var byteCount: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .f8e4m3, .f8e5m2: 1
    }
  }
}
