/// How many elements of `source` that are not zero are zero when ``scaleAndConvert(from:as:times:to:into:at:)``
/// has stored them; 0 for a multiplier of 0, which means to do that.
///
/// - Precondition: `source` holds a whole number of elements.
package func vanishingCount(
  in source: RawSpan, as sourceFormat: FloatFormat, times multiplier: Float,
  to targetFormat: FloatFormat
) -> Int {
  guard multiplier != 0, sourceFormat != targetFormat || multiplier != 1 else { return 0 }
  let limit = targetFormat.vanishingLimit
  let step = sourceFormat.byteCount << 16
  var count = 0
  for start in stride(from: 0, to: source.byteCount, by: step) {
    let part = source.extracting(start..<min(start + step, source.byteCount))
    for value in HalfPrecision.widen(part, as: sourceFormat) where value != 0 {
      if (value * multiplier).magnitude <= limit { count += 1 }
    }
  }
  return count
}

extension FloatFormat {
  /// The largest number that is rounded to zero: half of the least above zero, as ties go to even.
  fileprivate var vanishingLimit: Float {
    switch self {
    case .f32: 0
    case .bf16: 0x1p-134
    case .f16: 0x1p-25
    case .f8e4m3: 0x1p-10
    case .f8e5m2: 0x1p-17
    }
  }
}
