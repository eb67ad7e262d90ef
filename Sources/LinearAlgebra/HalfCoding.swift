/// IEEE 754 binary16.
///
/// Source: F. Giesen, *Float->half variants* and *half_to_float_fast4* (2012), public domain:
/// subnormals are aligned by the floating-point adder instead of a shift by a variable.
enum HalfCoding: FloatCoding {
  static var exponentMask: UInt16 { 0x7C00 }
  static var overflow: UInt32 { Float(65520).bitPattern }

  @inline(__always)
  static func widened(_ stored: UInt16) -> UInt32 {
    let magnitude = UInt32(stored & 0x7FFF) << 13
    let exponent = magnitude & 0x0F80_0000
    // The exponent's bias grows from 15 to 127, and by as much again for infinities and NaNs.
    let rebiased = magnitude &+ (exponent == 0x0F80_0000 ? 0x7000_0000 : 0x3800_0000)
    // A subnormal counts units of 2⁻²⁴: read as 2⁻¹⁴ + units, then 2⁻¹⁴ taken away, exactly.
    let subnormal = Float(bitPattern: magnitude &+ 0x3880_0000) - 0x1p-14
    let sign = UInt32(stored & 0x8000) << 16
    return (exponent == 0 ? subnormal.bitPattern : rebiased) | sign
  }

  @inline(__always)
  static func narrowed(_ bits: UInt32) -> UInt16 {
    let magnitude = bits & 0x7FFF_FFFF
    // Added to ½, a value below 2⁻¹⁴ is rounded to units of 2⁻²⁴ by the adder, ties to even.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000
    // As for bfloat16: just under half a unit, and one more if odd; the bias falls by 112.
    let normal = (magnitude &- 0x3800_0000 &+ 0xFFF &+ (magnitude >> 13 & 1)) >> 13
    let quietNaN = 0x7E00 | (magnitude >> 13 & 0x3FF)
    let ordered = Int32(truncatingIfNeeded: magnitude)
    let finite = ordered < 0x3880_0000 ? subnormal : normal
    let special = ordered > 0x7F80_0000 ? quietNaN : 0x7C00
    let result = ordered >= 0x4780_0000 ? special : finite
    return UInt16(truncatingIfNeeded: result | (bits >> 16 & 0x8000))
  }
}
