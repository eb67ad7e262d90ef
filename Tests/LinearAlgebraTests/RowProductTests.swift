import LinearAlgebra
import Testing

@Suite("Products by rows")
struct RowProductTests {
  /// Numbers in -1...1 that a small linear congruence gives.
  private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 32) / Float(1 << 31)
    }
  }

  private static func product(
    _ x: ArraySlice<Float>, rows: Int, _ w: [Float], columns: Int, inner: Int,
    _ orientation: Orientation
  ) -> [Float] {
    var y = [Float](repeating: 0.5, count: rows * columns)
    let x = Array(x)
    var sums = y.mutableSpan
    RowProduct.add(
      rows: rows, columns: columns, inner: inner, x: x.span, OperandLayout(stride: inner),
      w: w.span,
      OperandLayout(stride: orientation == .transposed ? inner : columns, orientation), to: &sums,
      OperandLayout(stride: columns))
    return y
  }

  @Test(
    "are those of the definition",
    arguments: [(1, 1, 1), (5, 7, 3), (13, 33, 40), (24, 32, 384), (29, 70, 1000)])
  func values(rows: Int, columns: Int, inner: Int) {
    let x = Self.numbers(rows * inner, seed: 1)
    let w = Self.numbers(columns * inner, seed: 2)
    for orientation in [Orientation.transposed, .asStored] {
      let y = Self.product(
        x[...], rows: rows, w, columns: columns, inner: inner, orientation)
      for row in 0..<rows {
        for column in 0..<columns {
          let exact = (0..<inner).reduce(0.5) { sum, i in
            let place = orientation == .transposed ? column * inner + i : i * columns + column
            return sum + Double(x[row * inner + i]) * Double(w[place])
          }
          #expect(abs(Double(y[row * columns + column]) - exact) < 1e-6 * Double(inner + 10))
        }
      }
    }
  }

  @Test("have the same bits for a row alone, and at any place among others")
  func invariance() {
    let (columns, inner) = (100, 401)
    let w = Self.numbers(columns * inner, seed: 3)
    let x = Self.numbers(61 * inner, seed: 4)
    let all = Self.product(
      x[...], rows: 61, w, columns: columns, inner: inner, .transposed)
    for count in [1, 2, 5, 6, 7, 11, 12, 13, 25] {
      for first in 0...(61 - count) {
        let some = Self.product(
          x[first * inner..<(first + count) * inner], rows: count, w, columns: columns,
          inner: inner, .transposed)
        #expect(some[...] == all[first * columns..<(first + count) * columns])
      }
    }
  }

  @Test("leave what lies beside a view as it is")
  func views() {
    let x = Self.numbers(3 * 10, seed: 5)
    let w = Self.numbers(4 * 5, seed: 6)
    var y = [Float](repeating: 9, count: 3 * 8)
    var sums = y.mutableSpan
    RowProduct.add(
      rows: 3, columns: 4, inner: 5, x: x.span, OperandLayout(offset: 2, stride: 10), w: w.span,
      OperandLayout(stride: 5, .transposed), to: &sums, OperandLayout(offset: 1, stride: 8))
    for row in 0..<3 {
      #expect(y[row * 8] == 9)
      #expect(y[(row * 8 + 5)..<(row * 8 + 8)].allSatisfy { $0 == 9 })
      for column in 0..<4 {
        let exact = (0..<5).reduce(9) { sum, i in
          sum + Double(x[row * 10 + 2 + i]) * Double(w[column * 5 + i])
        }
        #expect(abs(Double(y[row * 8 + 1 + column]) - exact) < 1e-5)
      }
    }
  }
}
