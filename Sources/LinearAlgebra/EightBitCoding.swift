/// The 8-bit format with more digits and no infinities: what is too large becomes NaN.
///
/// Source: Micikevicius et al., *FP8 Formats for Deep Learning* (arXiv:2209.05433), table 1.
enum E4M3Coding: FloatCoding {
  static var exponentMask: UInt8 { 0x7F }
  /// Halfway between 448 and what would be next; a tie goes to 448.
  static var overflow: UInt32 { Float(464).bitPattern + 1 }

  @inline(__always)
  static func widened(_ stored: UInt8) -> UInt32 {
    let magnitude = UInt32(stored & 0x7F) << 20
    // A subnormal counts units of 2⁻⁹: read as 2⁻⁶ + units, then 2⁻⁶ taken away, exactly.
    let subnormal = Float(bitPattern: magnitude &+ 0x3C80_0000) - 0x1p-6
    let normal = magnitude < 0x0080_0000 ? subnormal.bitPattern : magnitude &+ 0x3C00_0000
    let sign = UInt32(stored & 0x80) << 24
    return (magnitude == 0x07F0_0000 ? 0x7FC0_0000 : normal) | sign
  }

  @inline(__always)
  static func narrowed(_ bits: UInt32) -> UInt8 {
    let magnitude = bits & 0x7FFF_FFFF
    // Added to 2¹⁴, a value below 2⁻⁶ is rounded to units of 2⁻⁹ by the adder, ties to even.
    let subnormal = (Float(bitPattern: magnitude) + 0x1p14).bitPattern &- Float(0x1p14).bitPattern
    let normal = (magnitude &- 0x3C00_0000 &+ 0x7_FFFF &+ (magnitude >> 20 & 1)) >> 20
    let finite = magnitude < 0x3C80_0000 ? subnormal : normal
    let result = magnitude >= overflow ? 0x7F : finite
    return UInt8(truncatingIfNeeded: result | (bits >> 24 & 0x80))
  }
}

/// The 8-bit format that is the upper half of a binary16.
///
/// Source: as above.
enum E5M2Coding: FloatCoding {
  static var exponentMask: UInt8 { 0x7C }
  static var overflow: UInt32 { Float(61440).bitPattern }

  @inline(__always)
  static func widened(_ stored: UInt8) -> UInt32 { HalfCoding.widened(UInt16(stored) << 8) }

  @inline(__always)
  static func narrowed(_ bits: UInt32) -> UInt8 {
    let magnitude = bits & 0x7FFF_FFFF
    // Added to 2⁷, a value below 2⁻¹⁴ is rounded to units of 2⁻¹⁶ by the adder, ties to even.
    let subnormal = (Float(bitPattern: magnitude) + 0x1p7).bitPattern &- Float(0x1p7).bitPattern
    let normal = (magnitude &- 0x3800_0000 &+ 0xF_FFFF &+ (magnitude >> 21 & 1)) >> 21
    let finite = magnitude < 0x3880_0000 ? subnormal : normal
    let special: UInt32 = magnitude > 0x7F80_0000 ? 0x7E : 0x7C
    let result = magnitude >= overflow ? special : finite
    return UInt8(truncatingIfNeeded: result | (bits >> 24 & 0x80))
  }
}
