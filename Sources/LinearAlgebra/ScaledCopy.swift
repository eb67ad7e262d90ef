/// Stores `multiplier * source` in `output`, and returns whether a finite element overflowed.
///
/// The result starts at byte `offset` of `output`, so that `down` factors of several adapters can
/// be stacked; other bytes are not touched.
///
/// The product is taken in `Float` and rounded once, ties to even. With a multiplier of 1 and one
/// format the bytes are copied, NaN payloads included.
///
/// - Precondition: `source` holds a whole number of elements, and `output` that many from `offset`.
package func scaleAndConvert(
  from source: RawSpan, as sourceFormat: FloatFormat, times multiplier: Float,
  to targetFormat: FloatFormat, into output: inout MutableRawSpan, at offset: Int = 0
) -> Bool {
  let count = source.byteCount / sourceFormat.byteCount
  precondition(source.byteCount == count * sourceFormat.byteCount)
  precondition(offset >= 0 && offset + count * targetFormat.byteCount <= output.byteCount)
  // SAFETY: the source holds `count` elements, and the output as many from `offset`.
  return unsafe convert(
    ConversionBlock(count: count), times: multiplier, from: source, as: sourceFormat,
    to: &output, at: offset, as: targetFormat)
}

/// Where ``placeColumns(from:as:times:to:into:at:)`` writes: some columns of a wider matrix.
package struct ColumnPlacement: Sendable, Hashable {
  /// Rows of the block.
  package var rows: Int
  /// Columns of the block.
  package var columns: Int
  /// The column of the matrix that receives the block's first.
  package var columnOffset: Int
  /// Columns of the matrix.
  package var totalColumns: Int
  /// The row of the matrix that receives the block's first.
  package var rowOffset: Int

  package init(
    rows: Int, columns: Int, columnOffset: Int, totalColumns: Int, rowOffset: Int = 0
  ) {
    self.rowOffset = rowOffset
    self.rows = rows
    self.columns = columns
    self.columnOffset = columnOffset
    self.totalColumns = totalColumns
  }
}

/// Stores `multiplier * source`, a row-major block, in some columns of a row-major matrix.
///
/// This puts the `up` factors of several adapters side by side. Arithmetic, copying and the
/// result are those of ``scaleAndConvert(from:as:times:to:into:at:)``; other columns are not touched.
///
/// - Precondition: `source` holds `rows * columns` elements, `output` whole rows of `totalColumns`,
///   and the block lies inside the matrix.
package func placeColumns(
  from source: RawSpan, as sourceFormat: FloatFormat, times multiplier: Float,
  to targetFormat: FloatFormat, into output: inout MutableRawSpan, at place: ColumnPlacement
) -> Bool {
  precondition(place.rows >= 0 && place.columns >= 0)
  precondition(place.columnOffset >= 0 && place.rowOffset >= 0)
  precondition(place.columnOffset + place.columns <= place.totalColumns)
  let (sourceSize, targetSize) = (sourceFormat.byteCount, targetFormat.byteCount)
  precondition(source.byteCount == place.rows * place.columns * sourceSize)
  let rowSize = place.totalColumns * targetSize
  precondition((place.rowOffset + place.rows) * rowSize <= output.byteCount)
  let block = ConversionBlock(
    rows: place.rows, columns: place.columns, sourceStride: place.columns * sourceSize,
    targetStride: rowSize)
  // SAFETY: the extents above keep every row of the block inside both buffers.
  return unsafe convert(
    block, times: multiplier, from: source, as: sourceFormat,
    to: &output, at: place.rowOffset * rowSize + place.columnOffset * targetSize, as: targetFormat)
}

/// `convert` on spans; the target block starts at byte `offset` of `output`.
@unsafe
private func convert(
  _ block: ConversionBlock, times multiplier: Float,
  from source: RawSpan, as sourceFormat: FloatFormat,
  to output: inout MutableRawSpan, at offset: Int, as targetFormat: FloatFormat
) -> Bool {
  // SAFETY: the caller promises that the block lies inside both buffers.
  unsafe source.withUnsafeBytes { source in
    unsafe output.withUnsafeMutableBytes { output in
      guard let from = source.baseAddress, let to = output.baseAddress else { return false }
      return unsafe convert(
        block, times: multiplier, from: from, as: sourceFormat, to: to + offset, as: targetFormat)
    }
  }
}
