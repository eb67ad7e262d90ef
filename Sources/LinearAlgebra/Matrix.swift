/// A dense row-major matrix of `Float`: element `[row, column]` is `elements[row * columns + column]`.
package struct Matrix: Sendable, Hashable {
  package let rows: Int
  package let columns: Int
  package var elements: [Float]

  /// - Precondition: neither extent is negative and `elements.count == rows * columns`.
  package init(rows: Int, columns: Int, elements: [Float]) {
    precondition(rows >= 0 && columns >= 0 && elements.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// The matrix of `rows` by `columns` zeros.
  package init(zeros rows: Int, _ columns: Int) {
    self.init(
      rows: rows, columns: columns, elements: [Float](repeating: 0, count: rows * columns))
  }

  /// The identity of `size` rows and columns.
  package init(identity size: Int) {
    self.init(zeros: size, size)
    for index in 0..<size { elements[index * size + index] = 1 }
  }

  /// `matrix` with each element rounded to the nearest `Float`, ties to even.
  package init(rounding matrix: DoubleMatrix) {
    self.init(
      rows: matrix.rows, columns: matrix.columns, elements: matrix.elements.map { Float($0) })
  }

  /// Whether no element is an infinity or NaN.
  package var isFinite: Bool {
    // Zero times an element is zero, or NaN for those; unlike a test of each, the sum is one pass
    // without branches.
    elements.reduce(0) { $0 + 0 * $1 } == 0
  }

  /// The element in `row` and `column`, both from 0.
  package subscript(row: Int, column: Int) -> Float {
    get {
      precondition(0..<rows ~= row && 0..<columns ~= column)
      return elements[row * columns + column]
    }
    set {
      precondition(0..<rows ~= row && 0..<columns ~= column)
      elements[row * columns + column] = newValue
    }
  }
}
