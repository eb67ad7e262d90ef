import LinearAlgebra
import Testing

/// The identities that keep LoHa and LoKr in factors.
@Suite struct StructuredProductTests {
  /// A matrix of small whole numbers, for which every product is exact.
  static func matrix(_ rows: Int, _ columns: Int, seed: Int) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      elements: (0..<rows * columns).map { Float(($0 * 7 + seed * 5) % 11 - 5) })
  }

  @Test func `The Kronecker product by hand`() {
    let a = Matrix(rows: 1, columns: 2, elements: [2, -1])
    let b = Matrix(rows: 2, columns: 1, elements: [3, 5])
    #expect(a.kronecker(b) == Matrix(rows: 2, columns: 2, elements: [6, -3, 10, -5]))
  }

  @Test func `A Kronecker product of products is a product of Kronecker products`() {
    let (a, b) = (Self.matrix(3, 2, seed: 1), Self.matrix(2, 4, seed: 2))
    let (c, d) = (Self.matrix(2, 3, seed: 3), Self.matrix(3, 5, seed: 4))
    #expect(
      Matrix.product(a, b).kronecker(Matrix.product(c, d))
        == Matrix.product(a.kronecker(c), b.kronecker(d)))
  }

  @Test func `An elementwise product of products is a product of paired factors`() {
    let (a, b) = (Self.matrix(3, 2, seed: 1), Self.matrix(2, 4, seed: 2))
    let (c, d) = (Self.matrix(3, 3, seed: 3), Self.matrix(3, 4, seed: 4))
    let (first, second) = (Matrix.product(a, b), Matrix.product(c, d))
    let expected = Matrix(
      rows: 3, columns: 4, elements: zip(first.elements, second.elements).map { $0 * $1 })
    #expect(Matrix.product(a.pairedColumns(c), b.pairedRows(d)) == expected)
  }

  @Test func `A Tucker factor is the sum over the core`() {
    let (core, down) = (Self.matrix(2, 3 * 4, seed: 1), Self.matrix(3, 5, seed: 2))
    let found = core.tuckerFactor(down, area: 4)
    for p in 0..<2 {
      for i in 0..<5 {
        for k in 0..<4 {
          let sum = (0..<3).reduce(Float(0)) { $0 + core[p, $1 * 4 + k] * down[$1, i] }
          #expect(found[p, i * 4 + k] == sum)
        }
      }
    }
  }

  @Test func `A quotient times its divisor is the dividend`() throws {
    let dividend = DoubleMatrix(Self.matrix(2, 3, seed: 1))
    let divisor = DoubleMatrix(Self.matrix(3, 3, seed: 6)).adding(
      DoubleMatrix(identity: 3).scaled(by: 20))
    let back = DoubleMatrix.product(try dividend.divided(by: divisor), divisor)
    for (a, b) in zip(back.elements, dividend.elements) { #expect(abs(a - b) < 1e-12) }
    #expect(throws: LinearAlgebraError.self) {
      try dividend.divided(by: DoubleMatrix(zeros: 3, 3))
    }
  }
}
