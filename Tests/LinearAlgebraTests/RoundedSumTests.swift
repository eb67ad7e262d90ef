import Foundation
import LinearAlgebra
import Testing

/// Sums of stored numbers and floats, against a rounding that looks at all values of the format.
@Suite struct RoundedSumTests {
  private static func values(_ count: Int, seed: UInt64, scale: Float) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 32) / Float(1 << 31) * scale
    }
  }

  private static func stored(_ values: [Float], _ format: FloatFormat) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: values.count * format.byteCount)
    var output = bytes.mutableSpan
    var raw = output.mutableBytes
    _ = HalfPrecision.narrow(values.span, to: format, into: &raw)
    return bytes
  }

  private static func widened(_ bytes: [UInt8], _ format: FloatFormat) -> [Float] {
    HalfPrecision.widen(bytes.span.bytes, as: format)
  }

  private static func sum(
    _ delta: [Float], _ base: [UInt8], _ format: FloatFormat, scale: Float = 1
  ) -> (bytes: [UInt8], sum: RoundedSum) {
    var bytes = [UInt8](repeating: 0, count: base.count)
    var output = bytes.mutableSpan
    var raw = output.mutableBytes
    let sum = addAndRound(
      delta.span, to: base.span.bytes, as: format, scale: scale, into: &raw)
    return (bytes, sum)
  }

  /// The value of `format` that is nearest to `value`, the one with an even last bit of two.
  private static func nearest(_ value: Double, _ format: FloatFormat) -> Double {
    if format == .f32 { return Double(Float(value)) }
    let (digits, least): (Int, Int) =
      switch format {
      case .f16: (10, -14)
      case .bf16: (7, -126)
      case .f8e4m3: (3, -6)
      default: (2, -14)
      }
    guard value != 0 else { return value }
    let unit = exp2(Double(max(Int(value.exponent), least) - digits))
    return (value / unit).rounded(.toNearestOrEven) * unit
  }

  @Test(arguments: FloatFormat.allCases) func sumsAreRoundedOnce(_ format: FloatFormat) {
    // A count that leaves a rest for every width of vector.
    let base = Self.stored(Self.values(1003, seed: 1, scale: 2), format)
    let delta = Self.values(1003, seed: 2, scale: 0.1)
    let (bytes, sum) = Self.sum(delta, base, format)
    var (lost, total) = (0.0, 0.0)
    for (old, (change, new)) in zip(
      Self.widened(base, format), zip(delta, Self.widened(bytes, format)))
    {
      // The sum in Float has half a unit of error, which decides only at ties.
      let exact = Double(old) + Double(change)
      let slack = abs(exact) * 0x1p-24
      let ends = [exact - slack, exact + slack].map { Self.nearest($0, format) }
      #expect((ends[0]...ends[1]).contains(Double(new)))
      lost += (Double(new) - exact) * (Double(new) - exact)
      total += Double(change) * Double(change)
    }
    #expect(!sum.overflowed)
    #expect(abs(sum.deltaSquared - total) <= 1e-9 * total)
    #expect(abs(sum.lostSquared - lost) <= 1e-4 * lost + 1e-12 * total)
    #expect(sum.lostSquared > 0)
  }

  /// Zeros of both signs and subnormals too.
  @Test(arguments: FloatFormat.allCases) func zeroLeavesTheBits(_ format: FloatFormat) {
    let special: [Float] = [0, -0.0, 1, -1, 0x1p-9, -0x1p-16, 0x1p-24, 448, -256]
    let base = Self.stored(special, format)
    let (bytes, sum) = Self.sum([Float](repeating: 0, count: special.count), base, format)
    #expect(bytes == base)
    #expect(sum.lostSquared == 0 && sum.deltaSquared == 0)
  }

  @Test(arguments: FloatFormat.allCases) func overflowIsReported(_ format: FloatFormat) {
    let largest: Float =
      switch format {
      case .f32: .greatestFiniteMagnitude
      case .f16: 65504
      case .bf16: Float(bitPattern: 0x7F7F_0000)
      case .f8e4m3: 448
      case .f8e5m2: 57344
      }
    for sign: Float in [1, -1] {
      let base = Self.stored([0, sign * largest, 1], format)
      #expect(Self.sum([0, sign * largest / 8, 0], base, format).sum.overflowed)
      #expect(!Self.sum([0, -sign * largest / 8, 0], base, format).sum.overflowed)
    }
    // What was infinite before stays so, and is no fault of the sum.
    guard format != .f8e4m3 else { return }
    let infinite = Self.stored([.infinity], format)
    let kept = Self.sum([1], infinite, format)
    #expect(kept.bytes == infinite && !kept.sum.overflowed)
  }

  @Test(arguments: [FloatFormat.f8e4m3, .f8e5m2, .f16], [Float(0.0123), 8])
  func scaledSumsKeepTheScale(_ format: FloatFormat, _ scale: Float) {
    let base = Self.stored(Self.values(500, seed: 3, scale: 2), format)
    let delta = Self.values(500, seed: 4, scale: scale)
    let (bytes, sum) = Self.sum(delta, base, format, scale: scale)
    var lost = 0.0
    for (old, (change, new)) in zip(
      Self.widened(base, format), zip(delta, Self.widened(bytes, format)))
    {
      let exact = Double(old) + Double(change) / Double(scale)
      let slack = (abs(Double(old)) + abs(Double(change) / Double(scale))) * 0x1p-23
      let ends = [exact - slack, exact + slack].map { Self.nearest($0, format) }
      #expect((ends[0]...ends[1]).contains(Double(new)))
      let error = (Double(new) - exact) * Double(scale)
      lost += error * error
    }
    #expect(abs(sum.lostSquared - lost) <= 1e-4 * lost)
  }
}
