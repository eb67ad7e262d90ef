import LinearAlgebra
import Testing

@Suite struct LowRankAlgebraTests {
  @Test func `The inner product is that of the dense matrices`() {
    var random = RandomNumbers(seed: 18)
    for (out, r1, r2, input) in [(1, 1, 1, 1), (7, 2, 3, 5), (5, 8, 1, 9)] {
      let (up1, down1) = (random.matrix(out, r1), random.matrix(r1, input))
      let (up2, down2) = (random.matrix(out, r2), random.matrix(r2, input))
      let dense1 = naiveProduct(naive(up1), naive(down1))
      let dense2 = naiveProduct(naive(up2), naive(down2))
      let inner = frobeniusInner(up1, down1, up2, down2)
      #expect(abs(inner - dot(dense1.elements, dense2.elements)) < 1e-12)
      #expect(abs(inner - frobeniusInner(up2, down2, up1, down1)) < 1e-12)
      let norm = dot(dense1.elements, dense1.elements).squareRoot()
      #expect(abs(frobeniusNorm(up: up1, down: down1) - norm) < 1e-12)
    }
  }

  @Test func `The norm of factors that cancel is not NaN`() {
    let up = Matrix(rows: 1, columns: 2, elements: [0.1, -0.1])
    let down = Matrix(rows: 2, columns: 1, elements: [0.3, 0.3])
    #expect(frobeniusNorm(up: up, down: down) < 1e-9)
  }

  @Test(arguments: [(3, 8, 5), (6, 9, 2), (4, 4, 4)])
  func `A full-rank pair is the product, of the least rank`(out: Int, rank: Int, input: Int) {
    var random = RandomNumbers(seed: 19)
    let (up, down) = (random.matrix(out, rank), random.matrix(rank, input))
    let pair = fullRankPair(up: up, down: down)
    #expect(pair.up.rows == out && pair.down.columns == input)
    #expect(pair.up.columns == min(out, input) && pair.down.rows == min(out, input))
    let expected = Matrix(rounding: naiveProduct(naive(up), naive(down)))
    #expect(Matrix.product(pair.up, pair.down) == expected)
  }
}
