import LinearAlgebra
import Testing

@Suite struct FinitenessTests {
  @Test func `Every binary16 and bfloat16 is judged as its value is`() {
    for pattern in 0...UInt16.max {
      let one = [pattern]
      let half = Float16(bitPattern: pattern).isFinite
      let brain = Float(bitPattern: UInt32(pattern) << 16).isFinite
      if allFinite(one.span.bytes, as: .f16) != half { Issue.record("f16 \(pattern)") }
      if allFinite(one.span.bytes, as: .bf16) != brain { Issue.record("bf16 \(pattern)") }
    }
  }

  @Test(arguments: FloatFormat.allCases)
  func `The first of several is found, at any alignment`(format: FloatFormat) {
    for position in [0, 1, 31, 2047, 2048, 4095, 4096, 9998] {
      var values = [Float](repeating: -3, count: 9999)
      values[position] = position.isMultiple(of: 2) ? -.infinity : .nan
      values[9998] = .nan
      var bytes = [UInt8](repeating: 0xFF, count: 1 + 9999 * format.byteCount)
      let overflowed = withOutput(&bytes, from: 1) { output in
        HalfPrecision.narrow(values.span, to: format, into: &output)
      }
      #expect(!overflowed)
      let found = firstNonFinite(bytes.span.bytes.extracting(1...), as: format)
      #expect(found == position)
    }
  }

  @Test func `Extremes are finite, and so is nothing`() {
    let floats: [Float] = [.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0, -0.0]
    #expect(isFinite(floats))
    #expect(!isFinite([.nan]))
    #expect(isFinite([]))
  }

  private func isFinite(_ values: [Float]) -> Bool { allFinite(values.span.bytes, as: .f32) }
}
