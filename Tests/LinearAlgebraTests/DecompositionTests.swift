import LinearAlgebra
import Testing

@Suite struct DecompositionTests {
  static let extents = [(1, 1), (7, 3), (3, 7), (20, 20), (65, 40)]

  @Test(arguments: extents)
  func `Singular values and vectors give the matrix back`(rows: Int, columns: Int) throws {
    var random = RandomNumbers(seed: 13)
    let matrix = random.matrix(rows, columns)
    let exact = jacobiSingularValues(DoubleMatrix(matrix))
    let svd = try SVD(of: matrix)
    for (x, y) in zip(svd.values, exact) { #expect(abs(Double(x) - y) < 1e-5 * exact[0]) }
    #expect(svd.values == svd.values.sorted(by: >))
    expectOrthonormal(svd.left.columnGram(), within: 1e-5)
    expectOrthonormal(svd.right.rowGram(), within: 1e-5)
    var scaled = svd.right
    for row in 0..<scaled.rows {
      for column in 0..<columns { scaled[row, column] *= svd.values[row] }
    }
    #expect(distance(naiveProduct(naive(svd.left), naive(scaled)), DoubleMatrix(matrix)) < 1e-4)
  }

  @Test(arguments: extents)
  func `The same in Double`(rows: Int, columns: Int) throws {
    var random = RandomNumbers(seed: 14)
    let matrix = DoubleMatrix(random.matrix(rows, columns))
    let exact = jacobiSingularValues(matrix)
    let svd = try DoubleSVD(of: matrix)
    for (x, y) in zip(svd.values, exact) { #expect(abs(x - y) < 1e-13 * exact[0]) }
    expectOrthonormal(svd.left.columnGram(), within: 1e-13)
    expectOrthonormal(svd.right.rowGram(), within: 1e-13)
    var scaled = svd.right
    for row in 0..<scaled.rows {
      for column in 0..<columns { scaled[row, column] *= svd.values[row] }
    }
    #expect(distance(naiveProduct(svd.left, scaled), matrix) < 1e-12)
  }

  @Test(arguments: extents)
  func `QR factors are orthonormal, triangular, and give the matrix back`(
    rows: Int, columns: Int
  ) throws {
    var random = RandomNumbers(seed: 15)
    let matrix = random.matrix(rows, columns)
    let qr = try QR(of: matrix)
    expectOrthonormal(qr.orthogonal.columnGram(), within: 1e-5)
    for row in 0..<qr.upper.rows {
      for column in 0..<min(row, columns) { #expect(qr.upper[row, column] == 0) }
    }
    let product = naiveProduct(naive(qr.orthogonal), naive(qr.upper))
    #expect(distance(product, DoubleMatrix(matrix)) < 1e-4)
  }

  @Test(arguments: [1, 2, 9, 64])
  func `Eigenvectors belong to the largest eigenvalues`(size: Int) throws {
    var random = RandomNumbers(seed: 16)
    let root = random.matrix(size, size)
    let gram = root.rowGram()
    let exact = jacobiSingularValues(DoubleMatrix(root)).map { $0 * $0 }
    let values = try SymmetricEigen.values(of: gram)
    for (x, y) in zip(values, exact) { #expect(abs(x - y) < 1e-12 * exact[0]) }
    for count in Set([1, (size + 1) / 2, size]) {
      let eigen = try SymmetricEigen(of: gram, largest: count)
      #expect(eigen.vectors.rows == count)
      expectOrthonormal(eigen.vectors.rowGram(), within: 1e-12)
      for (x, y) in zip(eigen.values, exact) { #expect(abs(x - y) < 1e-12 * exact[0]) }
      var expected = eigen.vectors
      for row in 0..<count {
        for column in 0..<size { expected[row, column] *= eigen.values[row] }
      }
      #expect(distance(naiveProduct(eigen.vectors, gram), expected) < 1e-11 * exact[0])
    }
  }

  @Test(arguments: [(1, 1), (8, 3), (40, 25), (30, 30)])
  func `A Cholesky factor has the rank of its matrix`(size: Int, rank: Int) throws {
    var random = RandomNumbers(seed: 17)
    let gram = random.matrix(size, rank).rowGram()
    let factor = try PivotedCholesky(of: gram).factor
    #expect(factor.columns == rank)
    #expect(distance(factor.rowGram(), gram) < 1e-12 * Double(size * rank))
  }

  @Test func `Zero has a Cholesky factor without columns`() throws {
    #expect(try PivotedCholesky(of: DoubleMatrix(zeros: 3, 3)).factor.columns == 0)
  }

  @Test func `Infinities and NaN are refused`() {
    for value in [Double.nan, .infinity] {
      let bad = DoubleMatrix(rows: 2, columns: 2, elements: [1, value, value, 1])
      let rounded = Matrix(rounding: bad)
      #expect(throws: LinearAlgebraError.nonFinite) { try SVD(of: rounded) }
      #expect(throws: LinearAlgebraError.nonFinite) { try DoubleSVD(of: bad) }
      #expect(throws: LinearAlgebraError.nonFinite) { try QR(of: rounded) }
      #expect(throws: LinearAlgebraError.nonFinite) { try SymmetricEigen(of: bad, largest: 1) }
      #expect(throws: LinearAlgebraError.nonFinite) { try SymmetricEigen.values(of: bad) }
      #expect(throws: LinearAlgebraError.nonFinite) { try PivotedCholesky(of: bad) }
    }
  }

  @Test func `An error names the routine and its code`() {
    let error = LinearAlgebraError.noConvergence(routine: "dsyevr", info: 3)
    #expect("\(error)" == "dsyevr did not converge (info 3)")
  }

  private func expectOrthonormal(_ gram: DoubleMatrix, within tolerance: Double) {
    for row in 0..<gram.rows {
      for column in 0..<gram.columns {
        #expect(abs(gram[row, column] - (row == column ? 1 : 0)) < tolerance)
      }
    }
  }
}
