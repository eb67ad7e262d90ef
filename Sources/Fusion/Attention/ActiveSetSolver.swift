/// Lawson's and Hanson's non-negative least squares on a small, growing set of coordinates:
/// the minimum of `½ wᵀ (G + εI) w − tᵀ w` over `w ≥ 0`.
///
/// Coordinates are either bound to zero or passive; the passive ones solve their normal
/// equations. A solution is the start of the next one, after coordinates were appended.
struct ActiveSetSolver {
  /// The minimum that `solve` found, one value per coordinate.
  private(set) var weights: [Double] = []

  private let passesPerCoordinate = 10
  private let ridge: Double
  private let tolerance: Double
  private var targets: [Double] = []
  /// `G`, each row up to its diagonal.
  private var gram: [[Double]] = []
  /// In the order of the factor's rows.
  private var passive: [Int] = []
  private var factor: GrowingCholesky

  init(ridge: Double, tolerance: Double) {
    (self.ridge, self.tolerance) = (ridge, tolerance)
    factor = GrowingCholesky(leastPivot: ridge)
  }

  /// Adds a coordinate, bound to zero.
  ///
  /// `products` is its row of `G`, up to and with the diagonal.
  mutating func append(products: [Double], target: Double) {
    precondition(products.count == gram.count + 1, "a row up to the diagonal")
    gram.append(products)
    targets.append(target)
    weights.append(0)
  }

  /// Frees the coordinate of steepest descent until no bound one descends.
  ///
  /// A coordinate that rounding sends straight back to its bound is left there until another
  /// one moved. In exact arithmetic every pass lowers the objective, so none repeats; the limit
  /// on passes is for rounding in degenerate problems, where `weights` are then feasible but may
  /// miss the minimum by that rounding.
  mutating func solve() {
    var refused: Set<Int> = []
    for _ in 0..<(passesPerCoordinate * weights.count) {
      guard let entering = steepest(except: refused) else { return }
      free(entering)
      settle()
      if weights[entering] > 0 {
        refused.removeAll(keepingCapacity: true)
      } else {
        refused.insert(entering)
      }
    }
  }

  /// The bound coordinate along which the objective falls fastest; the first among equals.
  private func steepest(except refused: Set<Int>) -> Int? {
    var best: Int?
    var bestDescent = tolerance
    for index in weights.indices where weights[index] == 0 && !refused.contains(index) {
      let descent = targets[index] - passive.reduce(0) { $0 + product(index, $1) * weights[$1] }
      if descent > bestDescent { (best, bestDescent) = (index, descent) }
    }
    return best
  }

  /// Moves to the passive coordinates' solution, binding those that would turn negative.
  private mutating func settle() {
    while true {
      let solution = factor.solution(of: passive.map { targets[$0] })
      guard let step = longestStep(towards: solution) else {
        for (index, value) in zip(passive, solution) { weights[index] = value }
        return
      }
      var leaving: Set<Int> = []
      for (index, value) in zip(passive, solution) {
        let moved = weights[index] + step * (value - weights[index])
        let stays = value > 0 || (moved > 0 && ratio(index, value) > step)
        weights[index] = stays ? moved : 0
        if !stays { leaving.insert(index) }
      }
      bind(leaving)
    }
  }

  /// How far, from 0 to 1, all weights stay non-negative; `nil` when all the way.
  private func longestStep(towards solution: [Double]) -> Double? {
    zip(passive, solution).lazy.filter { $1 <= 0 }.map { ratio($0, $1) }.min()
  }

  private func ratio(_ index: Int, _ value: Double) -> Double {
    let length = weights[index] - value
    return length > 0 ? weights[index] / length : 0
  }

  private mutating func free(_ index: Int) {
    passive.append(index)
    var row = passive.map { product(index, $0) }
    row[row.count - 1] += ridge
    factor.append(row)
  }

  private mutating func bind(_ leaving: Set<Int>) {
    for position in passive.indices.reversed() where leaving.contains(passive[position]) {
      passive.remove(at: position)
      factor.remove(at: position)
    }
  }

  private func product(_ first: Int, _ second: Int) -> Double {
    first >= second ? gram[first][second] : gram[second][first]
  }
}
