internal import CHalf

/// A block of stored values to convert: `rows` rows of `columns`, each row contiguous.
struct ConversionBlock {
  var rows: Int
  var columns: Int
  /// Bytes between the starts of two rows in the source.
  var sourceStride: Int
  /// Bytes between the starts of two rows in the target.
  var targetStride: Int

  /// One contiguous row.
  init(count: Int) {
    (rows, columns, sourceStride, targetStride) = (1, count, 0, 0)
  }

  init(rows: Int, columns: Int, sourceStride: Int, targetStride: Int) {
    self.rows = rows
    self.columns = columns
    self.sourceStride = sourceStride
    self.targetStride = targetStride
  }
}

/// Multiplies a block in `Float` and stores it in another format with one rounding.
///
/// Returns whether some finite element became infinite. Neither address needs to be aligned.
///
/// - Precondition: the block lies inside both buffers; they don't overlap.
func convert(
  _ block: ConversionBlock, times multiplier: Float,
  from source: UnsafeRawPointer, as sourceFormat: FloatFormat,
  to target: UnsafeMutableRawPointer, as targetFormat: FloatFormat
) -> Bool {
  if sourceFormat == targetFormat && multiplier == 1 {
    unsafe copy(block, elementSize: sourceFormat.byteCount, from: source, to: target)
    return false
  }
  // Below 2¹⁰⁰ no half times the multiplier leaves the range of a Float.
  let staysFinite = targetFormat == .f16 || multiplier.magnitude < 0x1p100
  if sourceFormat == .f16, [.f16, .f32].contains(targetFormat), staysFinite, hasFastHalves {
    return unsafe convertHalves(
      block, times: multiplier, from: source, to: target, widens: targetFormat == .f32)
  }
  // SAFETY: passed on under the same precondition.
  return switch sourceFormat {
  case .f32:
    unsafe convert(block, multiplier, from: source, SingleCoding.self, to: target, targetFormat)
  case .f16:
    unsafe convert(block, multiplier, from: source, HalfCoding.self, to: target, targetFormat)
  case .bf16:
    unsafe convert(block, multiplier, from: source, BrainCoding.self, to: target, targetFormat)
  case .f8e4m3:
    unsafe convert(block, multiplier, from: source, E4M3Coding.self, to: target, targetFormat)
  case .f8e5m2:
    unsafe convert(block, multiplier, from: source, E5M2Coding.self, to: target, targetFormat)
  }
}

/// Whether the processor converts halves itself.
let hasFastHalves = lorac_half_is_fast() != 0

/// The same as ``convert`` for halves, by the processor's own instructions.
private func convertHalves(
  _ block: ConversionBlock, times multiplier: Float, from source: UnsafeRawPointer,
  to target: UnsafeMutableRawPointer, widens: Bool
) -> Bool {
  var overflowed = false
  for row in 0..<block.rows {
    // SAFETY: the caller promises that every row lies inside both buffers.
    let sourceRow = unsafe source + row * block.sourceStride
    let targetRow = unsafe target + row * block.targetStride
    if widens {
      unsafe lorac_half_widen(sourceRow, targetRow, block.columns, multiplier)
    } else if unsafe lorac_half_scale(sourceRow, targetRow, block.columns, multiplier) != 0 {
      overflowed = true
    }
  }
  return overflowed
}

private func copy(
  _ block: ConversionBlock, elementSize: Int, from source: UnsafeRawPointer,
  to target: UnsafeMutableRawPointer
) {
  for row in 0..<block.rows {
    // SAFETY: the caller promises that every row lies inside both buffers.
    unsafe (target + row * block.targetStride).copyMemory(
      from: source + row * block.sourceStride, byteCount: block.columns * elementSize)
  }
}

private func convert<Source: FloatCoding>(
  _ block: ConversionBlock, _ multiplier: Float,
  from source: UnsafeRawPointer, _ coding: Source.Type,
  to target: UnsafeMutableRawPointer, _ targetFormat: FloatFormat
) -> Bool {
  // SAFETY: passed on under the same precondition.
  switch targetFormat {
  case .f32: unsafe convert(block, multiplier, source, coding, target, SingleCoding.self)
  case .f16: unsafe convert(block, multiplier, source, coding, target, HalfCoding.self)
  case .bf16: unsafe convert(block, multiplier, source, coding, target, BrainCoding.self)
  case .f8e4m3: unsafe convert(block, multiplier, source, coding, target, E4M3Coding.self)
  case .f8e5m2: unsafe convert(block, multiplier, source, coding, target, E5M2Coding.self)
  }
}

private func convert<Source: FloatCoding, Target: FloatCoding>(
  _ block: ConversionBlock, _ multiplier: Float,
  _ source: UnsafeRawPointer, _: Source.Type,
  _ target: UnsafeMutableRawPointer, _: Target.Type
) -> Bool {
  let (sourceSize, targetSize) = (Source.Storage.bitWidth / 8, Target.Storage.bitWidth / 8)
  var overflowed: UInt32 = 0
  for row in 0..<block.rows {
    // SAFETY: the caller promises that every row lies inside both buffers.
    let sourceRow = unsafe source + row * block.sourceStride
    let targetRow = unsafe target + row * block.targetStride
    for column in 0..<block.columns {
      let stored = unsafe sourceRow.loadUnaligned(
        fromByteOffset: column &* sourceSize, as: Source.Storage.self)
      let value = Source.widened(stored)
      let product = (Float(bitPattern: value) * multiplier).bitPattern
      let wasFinite: UInt32 = isBelow(value, SingleCoding.overflow) ? 1 : 0
      let isInfinite: UInt32 = isBelow(product, Target.overflow) ? 0 : 1
      overflowed |= wasFinite & isInfinite
      unsafe targetRow.storeBytes(
        of: Target.narrowed(product), toByteOffset: column &* targetSize, as: Target.Storage.self)
    }
  }
  return overflowed != 0
}

/// Whether a binary32 is less in magnitude than a positive one; a NaN is not.
@inline(__always)
private func isBelow(_ bits: UInt32, _ limit: UInt32) -> Bool {
  Int32(truncatingIfNeeded: bits & 0x7FFF_FFFF) < Int32(truncatingIfNeeded: limit)
}
