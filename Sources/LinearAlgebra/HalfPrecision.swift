/// Stored weights to `Float` and back, at any alignment.
///
/// Widening is exact. Narrowing rounds to the nearest value, ties to even, with subnormals; it
/// is the same as `Float16(_:)` bit for bit, NaN payloads excepted.
package enum HalfPrecision {
  /// Stores the values of `source` in `output`.
  ///
  /// - Precondition: `source.byteCount == output.count * format.byteCount`.
  package static func widen(
    _ source: RawSpan, as format: FloatFormat, into output: inout MutableSpan<Float>
  ) {
    precondition(source.byteCount == output.count * format.byteCount)
    let count = output.count
    guard count > 0 else { return }
    // SAFETY: both buffers hold `count` elements of their formats, and are not empty.
    unsafe source.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { output in
        guard let from = source.baseAddress, let to = output.baseAddress else { return }
        _ = unsafe convert(
          ConversionBlock(count: count), times: 1, from: from, as: format, to: to, as: .f32)
      }
    }
  }

  /// The values of `source`.
  ///
  /// - Precondition: `source` holds a whole number of elements.
  package static func widen(_ source: RawSpan, as format: FloatFormat) -> [Float] {
    var values = [Float](repeating: 0, count: source.byteCount / format.byteCount)
    var output = values.mutableSpan
    widen(source, as: format, into: &output)
    return values
  }

  /// Stores `values` in `output` in another format, and returns whether a finite one overflowed.
  ///
  /// What overflows becomes an infinity of its sign.
  ///
  /// - Precondition: `output.byteCount == values.count * format.byteCount`.
  package static func narrow(
    _ values: Span<Float>, to format: FloatFormat, into output: inout MutableRawSpan
  ) -> Bool {
    // SAFETY: any bytes of a `Float` may be read.
    let source = unsafe values.bytes
    precondition(output.byteCount == values.count * format.byteCount)
    return scaleAndConvert(from: source, as: .f32, times: 1, to: format, into: &output)
  }
}
