/// The bits of one stored format, converted by integer arithmetic without branches.
///
/// A library call per element is what `Float(Float16)` becomes on baseline x86-64; the loops built
/// from these functions are vectorised instead.
protocol FloatCoding {
  associatedtype Storage: FixedWidthInteger & UnsignedInteger & BitwiseCopyable

  /// The bits that are all set in an infinity or NaN and in nothing else.
  static var exponentMask: Storage { get }

  /// The bits of the least positive binary32 that is rounded to infinity.
  static var overflow: UInt32 { get }

  /// The binary32 of equal value; a NaN keeps its sign and payload.
  static func widened(_ stored: Storage) -> UInt32

  /// The nearest value to a binary32, ties to even; a NaN stays one and becomes quiet.
  static func narrowed(_ bits: UInt32) -> Storage
}

/// binary32, which is stored as it is.
enum SingleCoding: FloatCoding {
  static var exponentMask: UInt32 { 0x7F80_0000 }
  static var overflow: UInt32 { 0x7F80_0000 }

  @inline(__always)
  static func widened(_ stored: UInt32) -> UInt32 { stored }

  @inline(__always)
  static func narrowed(_ bits: UInt32) -> UInt32 { bits }
}

/// bfloat16.
enum BrainCoding: FloatCoding {
  static var exponentMask: UInt16 { 0x7F80 }
  static var overflow: UInt32 { 0x7F7F_8000 }

  @inline(__always)
  static func widened(_ stored: UInt16) -> UInt32 { UInt32(stored) << 16 }

  @inline(__always)
  static func narrowed(_ bits: UInt32) -> UInt16 {
    // Adding just under half a unit, and one more if the kept part is odd, rounds ties to even.
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    let quietNaN = bits >> 16 | 0x40
    let isNaN = Int32(truncatingIfNeeded: bits & 0x7FFF_FFFF) > 0x7F80_0000
    return UInt16(truncatingIfNeeded: isNaN ? quietNaN : rounded)
  }
}
