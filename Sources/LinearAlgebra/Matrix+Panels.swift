extension Matrix {
  /// The elements of a panel: half a megabyte of `Double`, which stays in a second-level cache.
  private static let panelCapacity = 1 << 16

  /// Calls `body` with consecutive blocks of rows, widened, and the index of each one's first row.
  ///
  /// A whole copy in `Double` would cost more in fresh memory than the products made from it.
  func forEachRowPanel(_ body: (_ firstRow: Int, _ panel: DoubleMatrix) -> Void) {
    let height = max(1, Self.panelCapacity / max(1, columns))
    var panel = DoubleMatrix(zeros: min(height, rows), columns)
    for firstRow in stride(from: 0, to: rows, by: height) {
      let count = min(height, rows - firstRow)
      if count < panel.rows { panel = DoubleMatrix(zeros: count, columns) }
      panel.store(
        at: 0, elements.span.extracting(firstRow * columns..<(firstRow + count) * columns))
      body(firstRow, panel)
    }
  }

  /// Calls `body` with consecutive blocks of columns, widened, and each one's first column.
  func forEachColumnPanel(_ body: (_ firstColumn: Int, _ panel: DoubleMatrix) -> Void) {
    let width = max(1, Self.panelCapacity / max(1, rows))
    var panel = DoubleMatrix(zeros: rows, min(width, columns))
    for firstColumn in stride(from: 0, to: columns, by: width) {
      let count = min(width, columns - firstColumn)
      if count < panel.columns { panel = DoubleMatrix(zeros: rows, count) }
      for row in 0..<rows {
        let start = row * columns + firstColumn
        panel.store(at: row * count, elements.span.extracting(start..<start + count))
      }
      body(firstColumn, panel)
    }
  }
}

extension DoubleMatrix {
  /// Widens `values` into consecutive elements from index `start`.
  fileprivate mutating func store(at start: Int, _ values: Span<Float>) {
    // A span is checked for sharing once, an array at each element.
    var target = elements.mutableSpan
    for index in values.indices { target[start + index] = Double(values[index]) }
  }
}
