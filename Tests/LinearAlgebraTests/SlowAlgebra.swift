import LinearAlgebra

/// A fixed sequence of numbers, so that a failing test fails again (SplitMix64).
struct RandomNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A matrix of numbers in -1...1.
  mutating func matrix(_ rows: Int, _ columns: Int, scale: Float = 1) -> Matrix {
    let elements = (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &self) * scale }
    return Matrix(rows: rows, columns: columns, elements: elements)
  }
}

/// op(matrix), widened.
func naive(_ matrix: Matrix, _ orientation: Orientation = .asStored) -> DoubleMatrix {
  guard orientation == .transposed else { return DoubleMatrix(matrix) }
  var result = DoubleMatrix(zeros: matrix.columns, matrix.rows)
  for row in 0..<matrix.rows {
    for column in 0..<matrix.columns { result[column, row] = Double(matrix[row, column]) }
  }
  return result
}

/// left * right in three loops.
func naiveProduct(_ left: DoubleMatrix, _ right: DoubleMatrix) -> DoubleMatrix {
  var result = DoubleMatrix(zeros: left.rows, right.columns)
  for row in 0..<left.rows {
    for inner in 0..<left.columns {
      let factor = left.elements[row * left.columns + inner]
      for column in 0..<right.columns {
        result.elements[row * right.columns + column] +=
          factor * right.elements[inner * right.columns + column]
      }
    }
  }
  return result
}

/// The Frobenius norm of left - right.
func distance(_ left: DoubleMatrix, _ right: DoubleMatrix) -> Double {
  var sum = 0.0
  for (x, y) in zip(left.elements, right.elements) { sum += (x - y) * (x - y) }
  return sum.squareRoot()
}

/// The singular values, largest first, by one-sided Jacobi rotations of the shorter side.
///
/// Source: Golub and Van Loan, *Matrix Computations*, 4th edition, section 8.6.3.
func jacobiSingularValues(_ matrix: DoubleMatrix) -> [Double] {
  let byRows = matrix.rows <= matrix.columns
  let count = byRows ? matrix.rows : matrix.columns
  let length = byRows ? matrix.columns : matrix.rows
  var vectors = (0..<count).map { i in
    (0..<length).map { j in byRows ? matrix[i, j] : matrix[j, i] }
  }
  var rotated = true
  for _ in 0..<60 where rotated {
    rotated = false
    for p in 0..<count {
      for q in p + 1..<max(count, p + 1) where rotate(&vectors, p, q) { rotated = true }
    }
  }
  return vectors.map { dot($0, $0).squareRoot() }.sorted(by: >)
}

/// Makes two vectors orthogonal by a rotation; false if they are so already.
private func rotate(_ vectors: inout [[Double]], _ p: Int, _ q: Int) -> Bool {
  let (pp, qq) = (dot(vectors[p], vectors[p]), dot(vectors[q], vectors[q]))
  let pq = dot(vectors[p], vectors[q])
  guard abs(pq) > 1e-15 * (pp * qq).squareRoot() else { return false }
  let zeta = (qq - pp) / (2 * pq)
  let t = (zeta < 0 ? -1 : 1) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
  let c = 1 / (1 + t * t).squareRoot()
  let s = c * t
  for i in vectors[p].indices {
    let (x, y) = (vectors[p][i], vectors[q][i])
    vectors[p][i] = c * x - s * y
    vectors[q][i] = s * x + c * y
  }
  return true
}

func dot(_ x: [Double], _ y: [Double]) -> Double {
  var sum = 0.0
  for i in x.indices { sum += x[i] * y[i] }
  return sum
}
