extension Matrix {
  /// Stores `multiplier * source`, a row-major block of `rowCount` rows, from column `offset` and
  /// row `firstRow` on.
  ///
  /// - Precondition: `source` holds whole rows of elements of `format` that fit in the matrix.
  package mutating func placeColumns(
    from source: RawSpan, as format: FloatFormat, times multiplier: Float, at offset: Int,
    firstRow: Int, rowCount: Int
  ) {
    let width = source.byteCount / format.byteCount / max(1, rowCount)
    let place = ColumnPlacement(
      rows: rowCount, columns: width, columnOffset: offset, totalColumns: columns,
      rowOffset: firstRow)
    var span = elements.mutableSpan
    // SAFETY: every bit pattern that is stored is a Float.
    var bytes = unsafe span.mutableBytes
    _ = LinearAlgebra.placeColumns(
      from: source, as: format, times: multiplier, to: .f32, into: &bytes, at: place)
  }

  /// Stores `source`, a row-major block of as many columns, from row `offset` on.
  ///
  /// - Precondition: `source` holds whole rows of elements of `format` that fit in the matrix.
  package mutating func placeRows(
    from source: RawSpan, as format: FloatFormat, at offset: Int
  ) {
    let start = offset * columns * FloatFormat.f32.byteCount
    var span = elements.mutableSpan
    // SAFETY: every bit pattern that is stored is a Float.
    var bytes = unsafe span.mutableBytes
    _ = scaleAndConvert(
      from: source, as: format, times: 1, to: .f32, into: &bytes, at: start)
  }

  /// The largest magnitude of an element; 0 for a matrix without any.
  package var largestMagnitude: Float {
    elements.reduce(0) { max($0, $1.magnitude) }
  }

  /// The matrix with every element multiplied by `factor`.
  package func scaled(by factor: Float) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: elements.map { $0 * factor })
  }

  /// The matrix as a block at the start of a larger one that is zero elsewhere.
  package func padded(rows newRows: Int, columns newColumns: Int) -> Matrix {
    precondition(newRows >= rows && newColumns >= columns)
    var result = Matrix(zeros: newRows, newColumns)
    for row in 0..<rows {
      for column in 0..<columns {
        result.elements[row * newColumns + column] = elements[row * columns + column]
      }
    }
    return result
  }
}
