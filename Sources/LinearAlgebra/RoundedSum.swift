internal import CHalf

/// What rounding did to a sum.
package struct RoundedSum: Sendable {
  /// Whether a finite element became infinite, or NaN where the format has no infinity.
  package var overflowed = false
  /// The squared Frobenius norm of what rounding took from the exact sum.
  package var lostSquared = 0.0
  /// The squared Frobenius norm of what was added.
  package var deltaSquared = 0.0

  package init() {}

  package static func += (a: inout RoundedSum, b: RoundedSum) {
    a.overflowed = a.overflowed || b.overflowed
    a.lostSquared += b.lostSquared
    a.deltaSquared += b.deltaSquared
  }
}

/// Stores `base + delta` in `output`, in the format of `base`, and returns what rounding did.
///
/// The sum is taken in `Float` and rounded once, ties to even. With a `scale`, an element stands for
/// its value times the scale, before and after. Where the delta is 0 the stored bits stay as
/// they are. The result starts at byte `offset` of `output`; other bytes are not touched.
///
/// - Precondition: base and delta have as many elements, and `output` as many from `offset`; the scale is
///   not 0.
package func addAndRound(
  _ delta: Span<Float>, to base: RawSpan, as format: FloatFormat, scale: Float = 1,
  into output: inout MutableRawSpan, at offset: Int = 0
) -> RoundedSum {
  let count = delta.count
  precondition(base.byteCount == count * format.byteCount && scale != 0)
  precondition(offset >= 0 && offset + base.byteCount <= output.byteCount)
  guard count > 0 else { return RoundedSum() }
  // SAFETY: all three hold `count` elements, the output from `offset`, and are not empty.
  return unsafe delta.withUnsafeBufferPointer { delta in
    unsafe base.withUnsafeBytes { base in
      unsafe output.withUnsafeMutableBytes { output in
        guard let delta = delta.baseAddress, let base = base.baseAddress,
          let output = output.baseAddress
        else { return RoundedSum() }
        return unsafe add(delta, base, output + offset, count, format, scale)
      }
    }
  }
}

/// - Precondition: every pointer has `count` elements; the scale is not 0.
private func add(
  _ delta: UnsafePointer<Float>, _ base: UnsafeRawPointer, _ output: UnsafeMutableRawPointer,
  _ count: Int, _ format: FloatFormat, _ scale: Float
) -> RoundedSum {
  if scale == 1, hasFastHalves, format == .f16 || format == .bf16 {
    var (sum, squares) = (RoundedSum(), (0.0, 0.0))
    // SAFETY: passed on under the same precondition; a pair of doubles is an array of two.
    sum.overflowed = unsafe withUnsafeMutableBytes(of: &squares) { squares in
      guard let sums = unsafe squares.assumingMemoryBound(to: Double.self).baseAddress else {
        return false
      }
      let add = unsafe format == .f16 ? lorac_half_add : lorac_brain_add
      return unsafe add(base, delta, output, count, sums) != 0
    }
    (sum.lostSquared, sum.deltaSquared) = squares
    return sum
  }
  // SAFETY: passed on under the same precondition.
  return switch format {
  case .f32: unsafe add(delta, base, output, count, scale, SingleCoding.self)
  case .f16: unsafe add(delta, base, output, count, scale, HalfCoding.self)
  case .bf16: unsafe add(delta, base, output, count, scale, BrainCoding.self)
  case .f8e4m3: unsafe add(delta, base, output, count, scale, E4M3Coding.self)
  case .f8e5m2: unsafe add(delta, base, output, count, scale, E5M2Coding.self)
  }
}

private func add<Coding: FloatCoding>(
  _ delta: UnsafePointer<Float>, _ base: UnsafeRawPointer, _ output: UnsafeMutableRawPointer,
  _ count: Int, _ scale: Float, _: Coding.Type
) -> RoundedSum {
  let size = Coding.Storage.bitWidth / 8
  var (sum, overflows) = (RoundedSum(), UInt32(0))
  for index in 0..<count {
    // SAFETY: the caller promises `count` elements of each.
    let stored = unsafe base.loadUnaligned(
      fromByteOffset: index &* size, as: Coding.Storage.self)
    let change = unsafe delta[index] / scale
    let bits = Coding.widened(stored)
    let value = Float(bitPattern: bits)
    let rounded = Coding.narrowed((value + change).bitPattern)
    let result = change == 0 ? stored : rounded
    unsafe output.storeBytes(of: result, toByteOffset: index &* size, as: Coding.Storage.self)
    let after = Coding.widened(result)
    let wasFinite: UInt32 = bits & 0x7F80_0000 == 0x7F80_0000 ? 0 : 1
    let isFinite: UInt32 = after & 0x7F80_0000 == 0x7F80_0000 ? 0 : 1
    overflows |= wasFinite & ~isFinite
    let lost = (Double(Float(bitPattern: after)) - Double(value)) - Double(change)
    sum.lostSquared += lost * lost
    sum.deltaSquared += Double(change) * Double(change)
  }
  sum.overflowed = overflows & 1 != 0
  let square = Double(scale) * Double(scale)
  sum.lostSquared *= square
  sum.deltaSquared *= square
  return sum
}
