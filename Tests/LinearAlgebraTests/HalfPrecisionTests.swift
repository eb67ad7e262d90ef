import LinearAlgebra
import Testing

@Suite struct HalfPrecisionTests {
  @Test func `Every binary16 widens as Float does it`() {
    let patterns = (0...UInt16.max).map(\.self)
    let values = HalfPrecision.widen(patterns.span.bytes, as: .f16)
    var wrong: [UInt16] = []
    for (pattern, value) in zip(patterns, values) {
      let half = Float16(bitPattern: pattern)
      let same = half.isNaN ? value.isNaN : value.bitPattern == Float(half).bitPattern
      if !same { wrong.append(pattern) }
    }
    #expect(wrong == [])
  }

  @Test(arguments: [FloatFormat.f16, .bf16])
  func `Every pattern but NaN survives the way to Float and back`(format: FloatFormat) {
    let patterns = (0...UInt16.max).map(\.self)
    let (back, overflowed) = narrow(HalfPrecision.widen(patterns.span.bytes, as: format), format)
    let wrong = zip(patterns, back).filter { pattern, found in
      let exponent: UInt16 = format == .f16 ? 0x7C00 : 0x7F80
      let isNaN = pattern & exponent == exponent && pattern & ~(exponent | 0x8000) != 0
      return isNaN
        ? found & exponent != exponent || found & ~(exponent | 0x8000) == 0
        : pattern != found
    }
    #expect(wrong.isEmpty)
    #expect(!overflowed)
  }

  @Test func `Floats around every binary16 and halfway point narrow as Float16 does it`() {
    var samples: [Float] = []
    for pattern in 0..<UInt16(0x7C00) {
      let value = Float(Float16(bitPattern: pattern))
      let next = pattern == 0x7BFF ? 65536 : Float(Float16(bitPattern: pattern + 1))
      let halfway = value + (next - value) / 2
      samples += [value, value.nextUp, halfway.nextDown, halfway, halfway.nextUp, next.nextDown]
    }
    expectNarrowedLikeFloat16(samples + samples.map { -$0 })
  }

  @Test func `A sweep over all exponents narrows as Float16 does it`() {
    let samples = stride(from: UInt32(0), to: .max - 4999, by: 4999).map(Float.init(bitPattern:))
    expectNarrowedLikeFloat16(samples)
    expectNarrowedLikeFloat16([.infinity, -.infinity, .nan, -.nan, .leastNonzeroMagnitude, 0, -0.0])
  }

  @Test func `A value of 65520 is the first to overflow binary16, and it is said`() {
    #expect(narrow([Float(65520).nextDown], .f16) == ([0x7BFF], false))
    #expect(narrow([65520], .f16) == ([0x7C00], true))
    #expect(narrow([-65520], .f16) == ([0xFC00], true))
    #expect(narrow([.infinity], .f16) == ([0x7C00], false))
    #expect(narrow([Float(bitPattern: 0x7F7F_7FFF)], .bf16) == ([0x7F7F], false))
    #expect(narrow([Float(bitPattern: 0x7F7F_8000)], .bf16) == ([0x7F80], true))
    #expect(narrow([.greatestFiniteMagnitude], .bf16) == ([0x7F80], true))
    let all = [Float](repeating: 1, count: 99) + [1e6]
    #expect(narrow(all, .f16).1)
  }

  @Test func `Bfloat16 rounds to nearest, ties to even`() {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_0000, 0x3F80), (0x3F80_7FFF, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81),
      (0x3F81_8000, 0x3F82), (0x3F81_7FFF, 0x3F81), (0x0000_8000, 0x0000), (0x0000_8001, 0x0001),
      (0xBF81_8000, 0xBF82), (0x7F80_0000, 0x7F80), (0x7F80_0001, 0x7FC0), (0xFFFF_FFFF, 0xFFFF),
    ]
    for (bits, expected) in cases {
      #expect(narrow([Float(bitPattern: bits)], .bf16).0 == [expected])
    }
  }

  @Test(arguments: FloatFormat.allCases)
  func `Bytes at an odd address are read`(format: FloatFormat) {
    // Whole numbers up to 4 and their halves are in every format.
    let values: [Float] = [-4, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4]
    var bytes = [UInt8](repeating: 0, count: 1 + values.count * format.byteCount)
    let overflowed = withOutput(&bytes, from: 1) { output in
      HalfPrecision.narrow(values.span, to: format, into: &output)
    }
    #expect(!overflowed)
    let found = HalfPrecision.widen(bytes.span.bytes.extracting(1...), as: format)
    #expect(found == values)
  }

  private func narrow(_ values: [Float], _ format: FloatFormat) -> ([UInt16], Bool) {
    var stored = [UInt16](repeating: 0, count: values.count)
    var span = stored.mutableSpan
    var output = span.mutableBytes
    let overflowed = HalfPrecision.narrow(values.span, to: format, into: &output)
    return (stored, overflowed)
  }

  private func expectNarrowedLikeFloat16(_ samples: [Float]) {
    let found = narrow(samples, .f16).0
    let wrong = zip(samples, found).filter { sample, found in
      let half = Float16(sample)
      return half.isNaN ? !Float16(bitPattern: found).isNaN : half.bitPattern != found
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong, first \(String(describing: wrong.first))")
  }
}
