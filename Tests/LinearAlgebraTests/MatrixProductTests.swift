import LinearAlgebra
import Testing

@Suite struct MatrixProductTests {
  @Test(arguments: Orientation.allCases, Orientation.allCases)
  func `A product agrees with three loops`(left: Orientation, right: Orientation) {
    var random = RandomNumbers(seed: 1)
    for (m, n, k) in [(1, 1, 1), (2, 3, 4), (7, 5, 1), (33, 17, 29), (1, 40, 3)] {
      let a = left == .asStored ? random.matrix(m, k) : random.matrix(k, m)
      let b = right == .asStored ? random.matrix(k, n) : random.matrix(n, k)
      let found = Matrix.product(a, b, leftAs: left, rightAs: right, scale: 0.5)
      let expected = naiveProduct(naive(a, left), naive(b, right))
      #expect(found.rows == m && found.columns == n)
      for (x, y) in zip(found.elements, expected.elements) {
        #expect(abs(Double(x) - 0.5 * y) < 1e-5 * Double(k))
      }
      let wide = DoubleMatrix.product(
        DoubleMatrix(a), DoubleMatrix(b), leftAs: left, rightAs: right)
      for (x, y) in zip(wide.elements, expected.elements) {
        #expect(abs(x - y) < 1e-13 * Double(k))
      }
    }
  }

  @Test func `A strided product touches its own elements only`() {
    var random = RandomNumbers(seed: 2)
    // Head 1 of 3, width 4 per head, of [5, 12] buffers: scores = 2 * query * keyᵀ + scores.
    let query = random.matrix(5, 12)
    let key = random.matrix(5, 12)
    var scores = [Float](repeating: 7, count: 40)
    BLAS.gemm(
      m: 5, n: 5, k: 4, alpha: 2,
      a: query.elements, OperandLayout(offset: 4, stride: 12),
      b: key.elements, OperandLayout(offset: 4, stride: 12, .transposed),
      beta: 1, c: &scores, OperandLayout(offset: 3, stride: 7))
    for index in 0..<40 {
      let (row, column) = ((index - 3) / 7, (index - 3) % 7)
      guard index >= 3, row < 5, column < 5 else {
        #expect(scores[index] == 7)
        continue
      }
      var sum = 0.0
      for i in 4..<8 { sum += Double(query[row, i]) * Double(key[column, i]) }
      #expect(abs(Double(scores[index]) - (7 + 2 * sum)) < 1e-5)
    }
  }

  @Test func `With beta zero the old content is not read`() {
    var c: [Float] = [.nan, .nan]
    BLAS.gemm(
      m: 1, n: 2, k: 1, a: [3], OperandLayout(stride: 1), b: [1, 2], OperandLayout(stride: 2),
      c: &c, OperandLayout(stride: 2))
    #expect(c == [3, 6])
  }

  @Test func `An empty inner extent gives zeros`() {
    let product = Matrix.product(Matrix(zeros: 2, 0), Matrix(zeros: 0, 3))
    #expect(product == Matrix(zeros: 2, 3))
    #expect(Matrix.product(Matrix(zeros: 0, 2), Matrix(zeros: 2, 3)) == Matrix(zeros: 0, 3))
    let none = Matrix.product(Matrix(zeros: 2, 0), Matrix(zeros: 2, 3), leftAs: .transposed)
    #expect(none == Matrix(zeros: 0, 3))
  }

  @Test func `Gram matrices agree with three loops and are symmetric`() {
    var random = RandomNumbers(seed: 3)
    for (rows, columns) in [(1, 1), (4, 9), (9, 4), (31, 33), (900, 80), (80, 900)] {
      let a = random.matrix(rows, columns)
      let pairs = [
        (a.rowGram(), naiveProduct(naive(a, .asStored), naive(a, .transposed))),
        (a.columnGram(), naiveProduct(naive(a, .transposed), naive(a, .asStored))),
      ]
      for (found, expected) in pairs {
        for row in 0..<found.rows {
          for column in 0..<found.columns {
            #expect(found[row, column] == found[column, row])
            #expect(abs(found[row, column] - expected[row, column]) < 1e-11)
          }
        }
      }
    }
  }

  @Test func `Transposing twice changes nothing`() {
    var random = RandomNumbers(seed: 4)
    let a = random.matrix(3, 5)
    #expect(a.transposed()[4, 2] == a[2, 4])
    #expect(a.transposed().transposed() == a)
  }

  @Test func `The identity changes nothing`() {
    var random = RandomNumbers(seed: 5)
    let a = random.matrix(4, 6)
    #expect(Matrix.product(Matrix(identity: 4), a) == a)
    #expect(Matrix(rounding: DoubleMatrix(a)) == a)
  }
}
