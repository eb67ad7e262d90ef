import LinearAlgebra
import Testing

@Suite struct ScaledCopyTests {
  @Test(arguments: FloatFormat.allCases, FloatFormat.allCases)
  func `Placed columns agree with one element at a time`(source: FloatFormat, target: FloatFormat) {
    let place = ColumnPlacement(rows: 9, columns: 13, columnOffset: 5, totalColumns: 21)
    var random = RandomNumbers(seed: 6)
    let values = random.matrix(9, 13, scale: 4).elements
    for multiplier: Float in [1, 0.37, -2] {
      let stored = encode(values, source, misalignment: 1)
      let input = HalfPrecision.widen(stored.span.bytes.extracting(1...), as: source)
      var found = [UInt8](repeating: 0xA5, count: 3 + 9 * 21 * target.byteCount)
      let before = found
      let overflowed = withOutput(&found, from: 3) { output in
        placeColumns(
          from: stored.span.bytes.extracting(1...), as: source, times: multiplier,
          to: target, into: &output, at: place)
      }
      #expect(!overflowed)
      var expected = before
      for row in 0..<9 {
        for column in 0..<13 {
          let element = encode([input[row * 13 + column] * multiplier], target, misalignment: 0)
          let start = 3 + (row * 21 + 5 + column) * target.byteCount
          expected.replaceSubrange(start..<start + target.byteCount, with: element)
        }
      }
      #expect(found == expected)
    }
  }

  @Test(arguments: FloatFormat.allCases)
  func `A multiplier of one copies the bytes, NaN payloads too`(format: FloatFormat) {
    let bytes = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 / 256) }
    var copy = [UInt8](repeating: 0, count: 1024)
    var span = copy.mutableSpan
    var output = span.mutableBytes
    let overflowed = scaleAndConvert(
      from: bytes.span.bytes, as: format, times: 1, to: format, into: &output)
    #expect(!overflowed)
    #expect(copy == bytes)
  }

  @Test(arguments: FloatFormat.allCases)
  func `A finite element that overflows is reported, an infinite one is not`(format: FloatFormat) {
    let large: Float =
      switch format {
      case .f16: 60000
      case .f8e4m3: 400
      case .f8e5m2: 50000
      case .f32, .bf16: 3e38
      }
    #expect(!scale([1, large], by: 1, format))
    #expect(scale([1, large], by: 2, format))
    #expect(scale([1, -large], by: -2, format))
    #expect(!scale([.infinity, 1, .nan], by: 2, format))
  }

  @Test func `The product is rounded once`() {
    // 2049 * 0.5 = 1024.5 lies between the binary16 values 1024 and 1025: the even one is taken.
    let stored = encode([2049], .f32, misalignment: 0)
    var half: [UInt16] = [0]
    var span = half.mutableSpan
    var output = span.mutableBytes
    let overflowed = scaleAndConvert(
      from: stored.span.bytes, as: .f32, times: 0.5, to: .f16, into: &output)
    #expect(!overflowed)
    #expect(Float16(bitPattern: half[0]) == 1024)
  }

  @Test func `Rows can be stacked at an offset`() {
    let rows = encode([1, 2, 3], .f32, misalignment: 0)
    var stacked = [UInt16](repeating: 0xFFFF, count: 5)
    var span = stacked.mutableSpan
    var output = span.mutableBytes
    let overflowed = scaleAndConvert(
      from: rows.span.bytes, as: .f32, times: 2, to: .f16, into: &output, at: 2)
    #expect(!overflowed)
    #expect(stacked[1...3].map { Float16(bitPattern: $0) } == [2, 4, 6])
    #expect(stacked[0] == 0xFFFF && stacked[4] == 0xFFFF)
  }

  @Test func `Nothing is a valid block`() {
    var empty: [UInt8] = []
    var span = empty.mutableSpan
    var output = span.mutableBytes
    let none: [UInt8] = []
    let place = ColumnPlacement(rows: 0, columns: 4, columnOffset: 0, totalColumns: 8)
    let overflowed = placeColumns(
      from: none.span.bytes, as: .f16, times: 2, to: .bf16, into: &output, at: place)
    #expect(!overflowed)
  }

  private func scale(_ values: [Float], by multiplier: Float, _ format: FloatFormat) -> Bool {
    let stored = encode(values, format, misalignment: 0)
    var copy = stored
    var span = copy.mutableSpan
    var output = span.mutableBytes
    return scaleAndConvert(
      from: stored.span.bytes, as: format, times: multiplier, to: format, into: &output)
  }

  private func encode(_ values: [Float], _ format: FloatFormat, misalignment: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: misalignment + values.count * format.byteCount)
    let overflowed = withOutput(&bytes, from: misalignment) { output in
      HalfPrecision.narrow(values.span, to: format, into: &output)
    }
    #expect(!overflowed)
    return bytes
  }
}
