import Fusion
import Testing

@Suite struct AttentionSparseTests {
  @Test func `orthonormal keys give the soft threshold of the scores`() throws {
    let attention = SparseAttention(keys: try UnitVectors(basis(4)))
    let weights = attention.combination(for: [0.9, 0.2, 0.35, -0.5], among: [0, 1, 2, 3])
    #expect(isClose(weights, [0.65, 0, 0.1, 0], 1e-8))
    let shares = try #require(attention.shares(of: [0.9, 0.2, 0.35, -0.5], among: [0, 1, 2, 3]))
    #expect(isClose(shares, [0.65 / 0.75, 0, 0.1 / 0.75, 0], 1e-8))
  }

  @Test func `two correlated keys solve their two equations`() throws {
    // cos(k0, k1) = 0.6: w0 + 0.6 w1 = 0.55, 0.6 w0 + w1 = 0.45.
    let attention = SparseAttention(keys: try UnitVectors([[1, 0], [0.6, 0.8]]))
    let weights = attention.combination(for: [0.8, 0.7], among: [0, 1])
    #expect(isClose(weights, [0.28 / 0.64, 0.12 / 0.64], 1e-6))
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
  func `agrees with projected gradient descent`(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    let rows = numbers.clusteredRows(40, 64, clusters: 5)
    let scores = (0..<40).map { _ in Double.random(in: 0.1...0.8, using: &numbers) }
    let keys = try UnitVectors(rows)
    let weights = SparseAttention(keys: keys).combination(for: scores, among: Array(0..<40))
    let reference = ProjectedGradient(rows).solve(scores.map { $0 - 0.25 })
    #expect(isClose(weights, reference, 1e-6))
    #expect(weights.contains { $0 > 0 } && weights.contains(0))
  }

  @Test(arguments: [UInt64(11), 12, 13])
  func `reaches the least objective where keys are dependent`(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    let rows = numbers.rows(60, 8)
    let unit = ProjectedGradient(rows)
    // Scores of a real query, so that the objective is bounded.
    let query = ProjectedGradient(numbers.rows(1, 8)).keys[0]
    let targets = unit.keys.map { zip($0, query).reduce(0) { $0 + $1.0 * $1.1 } - 0.25 }
    let weights = SparseAttention(keys: try UnitVectors(rows))
      .combination(for: targets.map { $0 + 0.25 }, among: Array(0..<60))
    let reference = unit.solve(targets)
    #expect(unit.objective(weights, targets) <= unit.objective(reference, targets) + 1e-9)
  }

  @Test func `a library larger than the working set meets the optimality conditions`() throws {
    var numbers = SeededNumbers(state: 21)
    let rows = numbers.clusteredRows(1500, 48, clusters: 30)
    let unit = ProjectedGradient(rows)
    let query = ProjectedGradient(numbers.rows(1, 48)).keys[0]
    // Off a query's cosines by less than the penalty, so that the objective is bounded.
    let scores = unit.keys.map { key in
      zip(key, query).reduce(0) { $0 + $1.0 * $1.1 } + Double.random(in: 0...0.2, using: &numbers)
    }
    let weights = SparseAttention(keys: try UnitVectors(rows))
      .combination(for: scores, among: Array(0..<1500))
    #expect(weights.filter { $0 > 0 }.count > 5)
    let gradient = unit.gradient(weights, scores.map { $0 - 0.25 })
    #expect(zip(weights, gradient).allSatisfy { $0 > 0 ? $1.magnitude < 1e-6 : $1 > -1e-6 })
  }

  @Test func `equal keys with equal scores divide the share evenly`() throws {
    let key: [Float] = [0.3, 0.4, 0.5]
    let attention = SparseAttention(keys: try UnitVectors([key, [1, -1, 0], key, key]))
    let shares = try #require(attention.shares(of: [0.7, 0.6, 0.7, 0.7], among: [0, 1, 2, 3]))
    #expect(shares[0] == shares[2] && shares[2] == shares[3] && shares[0] > 0)
    let single = SparseAttention(keys: try UnitVectors([key, [1, -1, 0]]))
    let one = try #require(single.shares(of: [0.7, 0.6], among: [0, 1]))
    #expect(isClose(shares, [one[0] / 3, one[1], one[0] / 3, one[0] / 3], 1e-12))
  }

  @Test func `of equal keys the one with the better score has the share`() throws {
    let attention = SparseAttention(keys: try UnitVectors([[1, 2], [1, 2]]))
    #expect(attention.shares(of: [0.5, 0.65], among: [0, 1]) == [0, 1])
    #expect(attention.shares(of: [0.5, 0.65], among: [0]) == [1, 0])
  }

  @Test(
    arguments: [
      [[1, 0], [-1, 0]], [[1, 0], [1, 1e-5], [1, -1e-5]], [[0, 0], [0, 1]],
      [[1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [-1, -1]],
    ] as [[[Float]]])
  func `degenerate keys end in finite shares`(rows: [[Float]]) throws {
    let attention = SparseAttention(keys: try UnitVectors(rows))
    let scores = rows.map { _ in 0.9 }
    let shares = try #require(attention.shares(of: scores, among: Array(rows.indices)))
    #expect(shares.allSatisfy { $0.isFinite && $0 >= 0 })
    #expect((shares.reduce(0, +) - 1).magnitude < 1e-9)
    if rows[0] == [0, 0] { #expect(shares == [0, 1]) }
  }

  @Test func `permuting adapters permutes the weights`() throws {
    var numbers = SeededNumbers(state: 31)
    let rows = numbers.clusteredRows(50, 32, clusters: 4)
    let scores = (0..<50).map { _ in Double.random(in: 0...0.8, using: &numbers) }
    let order = Array(0..<50).shuffled(using: &numbers)
    let weights = SparseAttention(keys: try UnitVectors(rows))
      .combination(for: scores, among: Array(0..<50))
    let permuted = SparseAttention(keys: try UnitVectors(order.map { rows[$0] }))
      .combination(for: order.map { scores[$0] }, among: Array(0..<50))
    #expect(isClose(permuted, order.map { weights[$0] }, 1e-9))
  }

  @Test func `nothing above the penalty, no combination`() throws {
    let attention = SparseAttention(keys: try UnitVectors(basis(3)))
    #expect(attention.shares(of: [0.25, 0.1, -1], among: [0, 1, 2]) == nil)
    #expect(attention.shares(of: [0.9, 0.9, 0.9], among: []) == nil)
  }
}
