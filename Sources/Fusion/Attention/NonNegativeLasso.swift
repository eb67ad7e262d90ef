/// The minimum of `½ wᵀ K Kᵀ w − tᵀ w + ½ε‖w‖²` over `w ≥ 0`, for unit keys `K`, `[n, d]`.
///
/// With `t = s − λ` this is the non-negative lasso. `ε` is too small to be seen where the keys
/// are independent; where they are not, it makes the minimum unique and finite, and of equally
/// good `w` it is the shortest that comes out.
///
/// Most keys have no part in the minimum, so only a working set of them is solved exactly, by
/// Lawson's and Hanson's active set method with an updated Cholesky factor; then one pass over
/// all keys with `r = Kᵀ w`, `[d]`, finds those whose gradient says that they belong into the
/// set, or proves that none does. No `[n, n]` matrix is made: a round costs `2nd` operations,
/// and there are a few rounds.
///
/// Source: Lawson, Hanson, *Solving Least Squares Problems* (1974), chapter 23.
struct NonNegativeLasso {
  /// `ε`.
  static let ridge = 1e-9
  /// The gradient, in units of the cosine, that counts as zero.
  private static let tolerance = 1e-11
  /// The most keys that join the working set in one round.
  private static let batch = 16

  private let keys: UnitVectors
  private let candidates: [Int]
  private let targets: [Double]
  private var working: ActiveSetSolver

  /// A problem in which the keys at `candidates` may take part; `targets` is `t` of every key, `[n]`.
  ///
  /// Without `ε` the minimum is finite when the scores differ by less than `λ` from the keys'
  /// products with one vector, as scores of a prompt about do. Where scores contradict the keys,
  /// weights may be huge, and finding them slow.
  init(keys: UnitVectors, candidates: [Int], targets: [Double]) {
    (self.keys, self.candidates, self.targets) = (keys, candidates, targets)
    working = ActiveSetSolver(ridge: Self.ridge, tolerance: Self.tolerance)
  }

  /// `w`, `[n]`, zero outside the candidates.
  mutating func solve() -> [Double] {
    var members: [Int] = []
    var isMember = [Bool](repeating: false, count: keys.count)
    while true {
      let joining = violators(members: members, isMember: isMember)
      if joining.isEmpty { break }
      for index in joining {
        members.append(index)
        isMember[index] = true
        working.append(
          products: members.map { keys.preciseProduct($0, index) }, target: targets[index])
      }
      working.solve()
    }
    var weights = [Double](repeating: 0, count: keys.count)
    for (index, weight) in zip(members, working.weights) { weights[index] = weight }
    return weights
  }

  /// The keys outside the working set that would lower the objective most, lowest index first
  /// among equals.
  private func violators(members: [Int], isMember: [Bool]) -> [Int] {
    let direction = keys.combination(of: members, weights: working.weights)
    var found: [(index: Int, descent: Double)] = []
    for index in candidates where !isMember[index] {
      let descent = targets[index] - keys.preciseProduct(index, with: direction)
      if descent > Self.tolerance { found.append((index, descent)) }
    }
    found.sort { ($0.descent, $1.index) > ($1.descent, $0.index) }
    return found.prefix(Self.batch).map(\.index)
  }
}
