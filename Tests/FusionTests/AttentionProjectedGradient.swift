/// An independent solver of the sparse attention's problem: gradient steps, cut off at zero.
///
/// Accelerated (FISTA with restarts), dense, in `Double`; slow and simple on purpose.
struct ProjectedGradient {
  /// Unit rows, rounded to `Float` as the keys under test are.
  let keys: [[Double]]
  private let gram: [[Double]]

  init(_ rows: [[Float]]) {
    keys = rows.map { row in
      let norm = row.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      return row.map { Double(Float(Double($0) / norm)) }
    }
    let keys = keys
    gram = keys.map { first in
      keys.map { second in zip(first, second).reduce(0) { $0 + $1.0 * $1.1 } }
    }
  }

  func gradient(_ weights: [Double], _ targets: [Double]) -> [Double] {
    zip(gram, targets).map { row, target in
      zip(row, weights).reduce(-target) { $0 + $1.0 * $1.1 }
    }
  }

  func objective(_ weights: [Double], _ targets: [Double]) -> Double {
    zip(zip(gradient(weights, targets), targets), weights).reduce(0) {
      $0 + 0.5 * ($1.0.0 - $1.0.1) * $1.1
    }
  }

  func solve(_ targets: [Double]) -> [Double] {
    let step = 1 / (gram.map { $0.reduce(0) { $0 + $1.magnitude } }.max() ?? 1)
    var weights = targets.map { _ in 0.0 }
    var ahead = weights
    var momentum = 1.0
    for _ in 0..<20_000 {
      let slope = gradient(ahead, targets)
      let next = zip(ahead, slope).map { max(0, $0 - step * $1) }
      let turned = zip(slope, zip(next, weights)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) } > 0
      let following = turned ? 1 : (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
      let pull = turned ? 0 : (momentum - 1) / following
      ahead = zip(next, weights).map { $0 + pull * ($0 - $1) }
      (weights, momentum) = (next, following)
    }
    return weights
  }
}
