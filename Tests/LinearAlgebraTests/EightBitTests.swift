import LinearAlgebra
import Testing

@Suite struct EightBitTests {
  static let formats: [(format: FloatFormat, digits: Int, bias: Int)] = [
    (.f8e4m3, 3, 7), (.f8e5m2, 2, 15),
  ]

  /// The value of `bits` by the definition; nil for what is not finite.
  static func value(_ bits: UInt8, _ digits: Int, _ bias: Int) -> Float? {
    let exponent = Int(bits & 0x7F) >> digits
    let fraction = Int(bits) & ((1 << digits) - 1)
    if digits == 3 ? bits & 0x7F == 0x7F : exponent == 31 { return nil }
    let unit = Float(sign: .plus, exponent: max(exponent, 1) - bias - digits, significand: 1)
    let magnitude = Float(fraction + (exponent == 0 ? 0 : 1 << digits)) * unit
    return bits & 0x80 == 0 ? magnitude : -magnitude
  }

  @Test(arguments: formats)
  func `Every pattern widens to its value, and narrows back`(
    format: FloatFormat, digits: Int, bias: Int
  ) {
    for bits in 0...UInt8.max {
      let one = [bits]
      let found = HalfPrecision.widen(one.span.bytes, as: format)[0]
      let isFinite = allFinite(one.span.bytes, as: format)
      #expect(isFinite == found.isFinite)
      guard let value = Self.value(bits, digits, bias) else {
        #expect(!found.isFinite)
        continue
      }
      #expect(found.bitPattern == value.bitPattern)
      let (back, overflowed) = narrow(value, format)
      #expect(back == bits && !overflowed)
    }
  }

  @Test(arguments: formats)
  func `Between neighbours the nearer is taken, and the even one of a tie`(
    format: FloatFormat, digits: Int, bias: Int
  ) {
    for bits in 0..<UInt8(0x7F) {
      guard let value = Self.value(bits, digits, bias),
        let next = Self.value(bits + 1, digits, bias)
      else { continue }
      let halfway = (value + next) / 2
      #expect(narrow(halfway.nextDown, format).0 == bits)
      #expect(narrow(halfway, format).0 == (bits.isMultiple(of: 2) ? bits : bits + 1))
      #expect(narrow(-halfway.nextUp, format).0 == (bits + 1) | 0x80)
    }
  }

  @Test func `What is too large is said`() {
    #expect(narrow(464, .f8e4m3) == (0x7E, false))
    #expect(narrow(Float(464).nextUp, .f8e4m3) == (0x7F, true))
    #expect(narrow(Float(61440).nextDown, .f8e5m2) == (0x7B, false))
    #expect(narrow(-61440, .f8e5m2) == (0xFC, true))
  }

  private func narrow(_ value: Float, _ format: FloatFormat) -> (UInt8, Bool) {
    var bytes: [UInt8] = [0]
    let values = [value]
    let overflowed = withOutput(&bytes, from: 0) { output in
      HalfPrecision.narrow(values.span, to: format, into: &output)
    }
    return (bytes[0], overflowed)
  }
}
