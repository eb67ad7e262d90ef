import LinearAlgebra
import Testing

@Suite struct RecompressionTests {
  @Test(arguments: LowRankProduct.all)
  func `No pair of the rank asked for is nearer`(product: LowRankProduct) throws {
    let dense = product.dense
    let exact = jacobiSingularValues(dense)
    let norm = dot(exact, exact).squareRoot()
    let full = min(dense.rows, dense.columns, product.up.columns)
    for rank in Set([1, 2, full / 2, full - 1, full, full + 3]).filter({ $0 > 0 }) {
      let found = try Recompression(up: product.up, down: product.down, keeping: .rank(rank))
      let tail = exact.dropFirst(rank)
      let best = dot(Array(tail), Array(tail)).squareRoot()
      let error = distance(dense, naiveProduct(naive(found.up), naive(found.down)))
      // Beside the optimum: the rounding of the factors to Float.
      #expect(error <= 1.0001 * best + 2e-7 * norm, "rank \(rank)")
      #expect(found.rank <= min(rank, full))
      for (value, reference) in zip(found.singularValues, exact) {
        #expect(abs(value - reference) <= 1e-7 * exact[0], "rank \(rank)")
      }
      let kept = dot(Array(exact.prefix(rank)), Array(exact.prefix(rank)))
      #expect(abs(found.energyShare - kept / (norm * norm)) < 1e-9)
    }
  }

  @Test(arguments: LowRankProduct.all)
  func `The factors share each singular value, and signs are fixed`(
    product: LowRankProduct
  ) throws {
    let found = try Recompression(up: product.up, down: product.down, keeping: .rank(3))
    let (ups, downs) = (found.up.columnGram(), found.down.rowGram())
    for (index, value) in found.singularValues.enumerated() {
      #expect(abs(ups[index, index] / value - 1) < 1e-5)
      #expect(abs(downs[index, index] / value - 1) < 1e-5)
      let column = (0..<found.up.rows).map { found.up[$0, index] }
      #expect(column.max { $0.magnitude < $1.magnitude }?.sign == .plus)
    }
  }

  @Test(arguments: LowRankProduct.all)
  func `The least rank that holds an energy share is kept`(product: LowRankProduct) throws {
    let exact = jacobiSingularValues(product.dense)
    let total = dot(exact, exact)
    for share in [0.0, 0.3, 0.9, 0.999] {
      let found = try Recompression(up: product.up, down: product.down, keeping: .energy(share))
      var (sum, rank) = (0.0, 0)
      repeat {
        sum += exact[rank] * exact[rank]
        rank += 1
      } while sum < share * total
      #expect(found.rank == rank)
      #expect(found.energyShare >= share)
    }
    let all = try Recompression(up: product.up, down: product.down, keeping: .energy(1))
    #expect(all.rank == exact.count { $0 > 5e-8 * exact[0] } || product.isBadlyConditioned)
    #expect(all.energyShare > 1 - 1e-12)
  }

  @Test(arguments: LowRankProduct.all)
  func `The same input gives the same bytes`(product: LowRankProduct) throws {
    let first = try Recompression(up: product.up, down: product.down, keeping: .rank(4))
    let second = try Recompression(up: product.up, down: product.down, keeping: .rank(4))
    #expect(first.up.elements.map(\.bitPattern) == second.up.elements.map(\.bitPattern))
    #expect(first.down.elements.map(\.bitPattern) == second.down.elements.map(\.bitPattern))
  }

  @Test func `Parallel runs give the same bytes`() async throws {
    var random = RandomNumbers(seed: 20)
    let (up, down) = (random.matrix(96, 64), random.matrix(64, 80))
    let alone = try Recompression(up: up, down: down, keeping: .rank(16))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let found = try Recompression(up: up, down: down, keeping: .rank(16))
          return found.up == alone.up && found.down == alone.down
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }

  @Test func `A product of rank one is found by hand`() throws {
    // [3, 4] * [1, 2, 2] has the singular value 5 * 3.
    let up = Matrix(rows: 2, columns: 1, elements: [-3, -4])
    let down = Matrix(rows: 1, columns: 3, elements: [-1, -2, -2])
    let found = try Recompression(up: up, down: down, keeping: .rank(5))
    #expect(found.rank == 1)
    #expect(abs(found.singularValues[0] - 15) < 1e-12)
    let root = Float(15).squareRoot()
    for (x, y) in zip(found.up.elements, [0.6, 0.8] as [Float]) {
      #expect(abs(x - y * root) < 1e-6)
    }
    for (x, y) in zip(found.down.elements, [1, 2, 2] as [Float]) {
      #expect(abs(x - y / 3 * root) < 1e-6)
    }
  }

  @Test(arguments: [(1, 1, 1), (6, 2, 5), (2, 6, 3)], [RankRequest.rank(2), .energy(0.5)])
  func `Zero gives a pair of zeros`(extents: (Int, Int, Int), request: RankRequest) throws {
    let (out, rank, input) = extents
    var random = RandomNumbers(seed: 7)
    let zeros = Matrix(zeros: out, rank)
    for (up, down) in [(zeros, random.matrix(rank, input)), (zeros, Matrix(zeros: rank, input))] {
      let found = try Recompression(up: up, down: down, keeping: request)
      #expect(found.up == Matrix(zeros: out, 1))
      #expect(found.down == Matrix(zeros: 1, input))
      #expect(found.singularValues.isEmpty)
      #expect(found.energyShare == 1)
    }
  }

  @Test func `An adapter minus itself is zero`() throws {
    var random = RandomNumbers(seed: 8)
    let (up, down) = (random.matrix(20, 3), random.matrix(3, 30))
    let minus = Matrix(rows: 20, columns: 3, elements: up.elements.map { -$0 })
    let found = try Recompression(
      up: sideBySide(up, minus), down: stacked(down, down), keeping: .rank(4))
    #expect(found.up == Matrix(zeros: 20, 1))
    #expect(found.singularValues.isEmpty)
  }

  @Test func `Very large and very small factors keep their product`() throws {
    var random = RandomNumbers(seed: 9)
    let (up, down) = (random.matrix(12, 4), random.matrix(4, 10))
    let reference = try Recompression(up: up, down: down, keeping: .rank(2))
    for (exponent, other) in [(100, -100), (-100, 100), (-60, -60), (60, 60)] {
      let (x, y) = (
        Float(sign: .plus, exponent: exponent, significand: 1),
        Float(sign: .plus, exponent: other, significand: 1)
      )
      let found = try Recompression(
        up: Matrix(rows: 12, columns: 4, elements: up.elements.map { $0 * x }),
        down: Matrix(rows: 4, columns: 10, elements: down.elements.map { $0 * y }),
        keeping: .rank(2))
      for (value, expected) in zip(found.singularValues, reference.singularValues) {
        #expect(abs(value / (Double(x) * Double(y)) / expected - 1) < 1e-10)
      }
    }
  }

  @Test func `A pair large in one factor and small in the other is kept`() throws {
    var random = RandomNumbers(seed: 10)
    let (up, down) = (random.matrix(16, 2), random.matrix(2, 16))
    let found = try Recompression(
      up: sideBySide(
        Matrix(rows: 16, columns: 2, elements: up.elements.map { $0 * 0x1p-30 }),
        random.matrix(16, 2)),
      down: stacked(
        Matrix(rows: 2, columns: 16, elements: down.elements.map { $0 * 0x1p30 }),
        random.matrix(2, 16)),
      keeping: .rank(4))
    #expect(found.rank == 4)
  }

  @Test func `Infinities and NaN are refused`() {
    for value in [Float.nan, .infinity] {
      let bad = Matrix(rows: 3, columns: 1, elements: [1, value, 2])
      let good = Matrix(rows: 1, columns: 3, elements: [1, 2, 3])
      #expect(throws: LinearAlgebraError.nonFinite) {
        try Recompression(up: bad, down: good, keeping: .rank(1))
      }
      #expect(throws: LinearAlgebraError.nonFinite) {
        try Recompression(up: good.transposed(), down: bad.transposed(), keeping: .energy(1))
      }
      #expect(throws: LinearAlgebraError.nonFinite) {
        try Recompression(
          up: Matrix(rows: 1, columns: 2, elements: [1, value]),
          down: Matrix(rows: 2, columns: 1, elements: [0, 1]), keeping: .rank(1))
      }
    }
  }

  @Test func `A dense matrix is recompressed as its own product`() throws {
    var random = RandomNumbers(seed: 11)
    let dense = DoubleMatrix(random.matrix(9, 14))
    let exact = jacobiSingularValues(dense)
    let found = try Recompression(dense: dense, keeping: .rank(4))
    let tail = Array(exact.dropFirst(4))
    let error = distance(dense, naiveProduct(naive(found.up), naive(found.down)))
    #expect(abs(error - dot(tail, tail).squareRoot()) < 1e-6)
  }
}
