/// The factor `L` of `A = L Lᵀ` for a positive definite `A` that rows join and leave one at a time.
///
/// Source: Golub, Van Loan, *Matrix Computations* (2013), section 6.5.
struct GrowingCholesky {
  /// The rows of `L`, each up to its diagonal.
  private var rows: [[Double]] = []
  /// The least square that a diagonal may have; keeps rounding from making one negative.
  private let leastPivot: Double

  init(leastPivot: Double) {
    self.leastPivot = leastPivot
  }

  /// Adds a row of `A`, up to and with its diagonal; `O(n²)`.
  mutating func append(_ products: [Double]) {
    precondition(products.count == rows.count + 1, "a row up to the diagonal")
    var row = products
    for column in 0..<rows.count {
      row[column] = (row[column] - Self.product(row, rows[column], count: column))
      row[column] /= rows[column][column]
    }
    let last = rows.count
    row[last] = max(row[last] - Self.product(row, row, count: last), leastPivot).squareRoot()
    rows.append(row)
  }

  /// Takes a row and column out of `A`; `O(n²)`.
  ///
  /// The rows below lose a column `u` of `L`, which returns as the update `L Lᵀ + u uᵀ` of the
  /// rest, made by rotations.
  mutating func remove(at removed: Int) {
    rows.remove(at: removed)
    var update = (removed..<rows.count).map { rows[$0].remove(at: removed) }
    for column in removed..<rows.count {
      let diagonal = rows[column][column]
      let own = update[column - removed]
      let length = (diagonal * diagonal + own * own).squareRoot()
      let (cosine, sine) = (diagonal / length, own / length)
      rows[column][column] = length
      for row in column + 1..<max(rows.count, column + 1) {
        let (value, change) = (rows[row][column], update[row - removed])
        rows[row][column] = cosine * value + sine * change
        update[row - removed] = cosine * change - sine * value
      }
    }
  }

  /// The `x` of `A x = target`; `O(n²)`.
  func solution(of target: [Double]) -> [Double] {
    precondition(target.count == rows.count, "one value per row")
    var values = target
    for row in 0..<rows.count {
      values[row] = (values[row] - Self.product(rows[row], values, count: row)) / rows[row][row]
    }
    for row in (0..<rows.count).reversed() {
      values[row] /= rows[row][row]
      for column in 0..<row { values[column] -= rows[row][column] * values[row] }
    }
    return values
  }

  private static func product(_ first: [Double], _ second: [Double], count: Int) -> Double {
    var sum = 0.0
    for index in 0..<count { sum += first[index] * second[index] }
    return sum
  }
}
