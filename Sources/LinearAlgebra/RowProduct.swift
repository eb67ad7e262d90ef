internal import CRowProduct

/// Products whose rows do not depend on each other, to the last bit.
///
/// Libraries sum in another order at the edges of their tiles, so that a row of a product has other
/// last bits beside other rows. Here every element is summed in one order: a text has one vector,
/// whatever it is computed together with. Processors with fused multiply-add all give the same.
package enum RowProduct {
  /// Adds `x · op(w)` to `y`, where x is `[rows, inner]` and op(w) `[inner, columns]`.
  ///
  /// - Precondition: every view lies inside its buffer; rows of `y` don't overlap.
  package static func add(
    rows: Int, columns: Int, inner: Int, x: Span<Float>, _ xLayout: OperandLayout,
    w: Span<Float>, _ wLayout: OperandLayout, to y: inout MutableSpan<Float>,
    _ yLayout: OperandLayout
  ) {
    xLayout.check(rows: rows, columns: inner, within: x.count)
    wLayout.check(rows: inner, columns: columns, within: w.count)
    yLayout.check(rows: rows, columns: columns, within: y.count)
    precondition(xLayout.orientation == .asStored && yLayout.orientation == .asStored)
    guard rows > 0, columns > 0, inner > 0 else { return }
    let isTransposed = wLayout.orientation == .transposed
    let (column, step) = isTransposed ? (wLayout.stride, 1) : (1, wLayout.stride)
    // SAFETY: the checks above keep every element that is touched inside its span, none of which is
    // empty; the panel has the size that the function asks for.
    unsafe x.withUnsafeBufferPointer { x in
      unsafe w.withUnsafeBufferPointer { w in
        unsafe y.withUnsafeMutableBufferPointer { y in
          unsafe withUnsafeTemporaryAllocation(
            of: Float.self, capacity: Int(LORAC_ROW_PRODUCT_PANEL)
          ) { panel in
            guard let x = x.baseAddress, let w = w.baseAddress,
              let y = y.baseAddress, let panel = panel.baseAddress
            else { return }
            unsafe lorac_row_product(
              x + xLayout.offset, xLayout.stride, w + wLayout.offset, column, step,
              y + yLayout.offset, yLayout.stride, rows, columns, inner, panel)
          }
        }
      }
    }
  }
}
