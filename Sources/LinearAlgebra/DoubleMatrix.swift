/// A dense row-major matrix of `Double`, for sums and decompositions that `Float` can't hold.
package struct DoubleMatrix: Sendable, Hashable {
  package let rows: Int
  package let columns: Int
  package var elements: [Double]

  /// - Precondition: neither extent is negative and `elements.count == rows * columns`.
  package init(rows: Int, columns: Int, elements: [Double]) {
    precondition(rows >= 0 && columns >= 0 && elements.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// The matrix of `rows` by `columns` zeros.
  package init(zeros rows: Int, _ columns: Int) {
    self.init(
      rows: rows, columns: columns, elements: [Double](repeating: 0, count: rows * columns))
  }

  /// `matrix` with every element widened, exactly.
  package init(_ matrix: Matrix) {
    self.init(
      rows: matrix.rows, columns: matrix.columns, elements: matrix.elements.map { Double($0) })
  }

  /// The `rows` of `matrix`, widened.
  ///
  /// - Precondition: `matrix` has these rows.
  init(_ matrix: Matrix, rows: Range<Int>) {
    let elements = matrix.elements[
      rows.lowerBound * matrix.columns..<rows.upperBound * matrix.columns]
    self.init(rows: rows.count, columns: matrix.columns, elements: elements.map { Double($0) })
  }

  /// Whether no element is an infinity or NaN.
  package var isFinite: Bool {
    // Zero times an element is zero, or NaN for those; unlike a test of each, the sum is one pass
    // without branches.
    elements.reduce(0) { $0 + 0 * $1 } == 0
  }

  /// The element in `row` and `column`, both from 0.
  package subscript(row: Int, column: Int) -> Double {
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
