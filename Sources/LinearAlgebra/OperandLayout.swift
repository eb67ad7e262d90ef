/// Where a matrix lies in a flat buffer: a strided view, such as one head of `[tokens, width]`.
///
/// Row `r` of the stored matrix starts at `offset + r * stride`. All units are elements.
package struct OperandLayout: Sendable, Hashable {
  /// The index of the first element.
  package var offset: Int
  /// The distance between the starts of two rows: the leading dimension of a row-major matrix.
  package var stride: Int
  /// How the product reads the stored matrix; a result is always ``Orientation/asStored``.
  package var orientation: Orientation

  package init(offset: Int = 0, stride: Int, _ orientation: Orientation = .asStored) {
    self.offset = offset
    self.stride = stride
    self.orientation = orientation
  }

  /// Traps unless a `rows` by `columns` operand, as the product sees it, lies inside `count`.
  func check(rows: Int, columns: Int, within count: Int) {
    precondition(rows >= 0 && columns >= 0 && offset >= 0)
    let (storedRows, storedColumns) =
      orientation == .asStored ? (rows, columns) : (columns, rows)
    precondition(stride >= max(1, storedColumns), "rows overlap")
    guard storedRows > 0, storedColumns > 0 else { return }
    precondition(offset + (storedRows - 1) * stride + storedColumns <= count, "out of bounds")
  }
}
