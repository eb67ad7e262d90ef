/// Whether no element of `source` is an infinity or NaN.
///
/// - Precondition: `source` holds a whole number of elements.
/// - Complexity: O(elements), at memory speed.
package func allFinite(_ source: RawSpan, as format: FloatFormat) -> Bool {
  firstNonFinite(source, as: format) == nil
}

/// The index of the first element that is an infinity or NaN.
///
/// - Precondition: `source` holds a whole number of elements.
/// - Complexity: O(elements up to the result), at memory speed.
package func firstNonFinite(_ source: RawSpan, as format: FloatFormat) -> Int? {
  precondition(source.byteCount.isMultiple(of: format.byteCount))
  return switch format {
  case .f32: firstNonFinite(source, SingleCoding.self)
  case .f16: firstNonFinite(source, HalfCoding.self)
  case .bf16: firstNonFinite(source, BrainCoding.self)
  case .f8e4m3: firstNonFinite(source, E4M3Coding.self)
  case .f8e5m2: firstNonFinite(source, E5M2Coding.self)
  }
}

private func firstNonFinite<Coding: FloatCoding>(_ source: RawSpan, _: Coding.Type) -> Int? {
  let size = Coding.Storage.bitWidth / 8
  let blockByteCount = 8192
  // SAFETY: every offset is below the buffer's byte count, and loads may be unaligned.
  return unsafe source.withUnsafeBytes { bytes in
    for start in stride(from: 0, to: bytes.count, by: blockByteCount) {
      let block = unsafe UnsafeRawBufferPointer(
        rebasing: bytes[start..<min(start + blockByteCount, bytes.count)])
      guard unsafe hasNonFinite(block, Coding.self) else { continue }
      for offset in stride(from: 0, to: block.count, by: size) {
        let stored = unsafe block.loadUnaligned(fromByteOffset: offset, as: Coding.Storage.self)
        if stored & Coding.exponentMask == Coding.exponentMask { return (start + offset) / size }
      }
    }
    return nil
  }
}

/// Whether some element has all its exponent bits set, without a branch per element.
private func hasNonFinite<Coding: FloatCoding>(
  _ block: UnsafeRawBufferPointer, _: Coding.Type
) -> Bool {
  guard let start = block.baseAddress else { return false }
  let size = Coding.Storage.bitWidth / 8
  // One unit more than a full exponent carries into the sign bit, and only that does.
  let unit = Coding.exponentMask & (~Coding.exponentMask &+ 1)
  var carries: Coding.Storage = 0
  for index in 0..<(block.count / size) {
    // SAFETY: `index` is below the number of whole elements in the block.
    let stored = unsafe start.loadUnaligned(
      fromByteOffset: index &* size, as: Coding.Storage.self)
    carries |= (stored & Coding.exponentMask) &+ unit
  }
  return carries & ~(Coding.Storage.max >> 1) != 0
}
