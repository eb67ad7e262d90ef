/// How far two matrices are from each other, in the Frobenius norm.
package struct FrobeniusComparison: Sendable, Hashable {
  /// The norms of the first and of the second matrix.
  package let (firstNorm, secondNorm): (Double, Double)
  /// The inner product of the two.
  package let inner: Double
  /// The norm of their difference; 0 where it is no more than the rounding of the computation.
  package let distance: Double

  package init(firstNorm: Double, secondNorm: Double, inner: Double, distance: Double) {
    (self.firstNorm, self.secondNorm) = (firstNorm, secondNorm)
    (self.inner, self.distance) = (inner, distance)
  }

  /// Whether nothing overflowed.
  package var isFinite: Bool {
    [firstNorm, secondNorm, inner, distance].allSatisfy(\.isFinite)
  }

  /// The cosine of the angle between the two; nil if one is zero.
  package var cosine: Double? {
    guard firstNorm > 0, secondNorm > 0 else { return nil }
    return max(-1, min(1, inner / firstNorm / secondNorm))
  }

  /// The distance in units of the first norm, or of the second where the first is 0; 0 for two zeros.
  package var relativeDistance: Double {
    let unit = firstNorm > 0 ? firstNorm : secondNorm
    return unit > 0 ? distance / unit : 0
  }

  /// The comparison of two vectors that have those of `parts` one after the other.
  package init(joining parts: [FrobeniusComparison]) {
    func root(_ value: (FrobeniusComparison) -> Double) -> Double {
      parts.reduce(0) { $0 + value($1) * value($1) }.squareRoot()
    }
    self.init(
      firstNorm: root(\.firstNorm), secondNorm: root(\.secondNorm),
      inner: parts.reduce(0) { $0 + $1.inner }, distance: root(\.distance))
  }
}

/// `scale * up * down`, with `up` `[out, rank]` and `down` `[rank, in]`.
package struct ScaledFactors: Sendable {
  package let up: Matrix
  package let down: Matrix
  package let scale: Double

  /// - Precondition: `up.columns == down.rows`.
  package init(up: Matrix, down: Matrix, scale: Double) {
    precondition(up.columns == down.rows)
    (self.up, self.down, self.scale) = (up, down, scale)
  }

  /// The product, in `Double`.
  package var product: DoubleMatrix {
    DoubleMatrix.product(DoubleMatrix(up), DoubleMatrix(down), scale: scale)
  }

  /// Whether the factors are those of `other`, with the scale in either of them.
  fileprivate func isSame(as other: ScaledFactors) -> Bool {
    guard up.rows == other.up.rows, up.columns == other.up.columns else { return false }
    return (up.isSame(as: other.up, scale, other.scale) && down == other.down)
      || (up == other.up && down.isSame(as: other.down, scale, other.scale))
  }
}

extension Matrix {
  fileprivate func isSame(as other: Matrix, _ scale: Double, _ otherScale: Double) -> Bool {
    guard elements.count == other.elements.count else { return false }
    return elements.indices.allSatisfy {
      Double(elements[$0]) * scale == Double(other.elements[$0]) * otherScale
    }
  }
}

extension FrobeniusComparison {
  /// Compares two products of factors without forming either.
  ///
  /// With `[up₁, up₂] = Q * U` and `[down₁; down₂] = L * P`, Q of orthonormal columns and P of
  /// orthonormal rows, the matrices are `Q * Cᵢ * P` with small cores `Cᵢ = scaleᵢ * Uᵢ * Lᵢ`. The
  /// difference is taken of the cores, element by element: of Gram matrices, it would lose half of
  /// the digits. Factors that are the same have the distance 0 exactly.
  ///
  /// - Precondition: the products have the same extents, none of them 0, and are finite.
  /// - Complexity: O((out + in) · R²) for R the sum of the ranks, in `Double`.
  package init(_ first: ScaledFactors, _ second: ScaledFactors) {
    precondition(
      first.up.rows == second.up.rows && first.down.columns == second.down.columns)
    let isSame = first.isSame(as: second)
    let factors = isSame ? [first] : [first, second]
    // One below the other, as LAPACK is fastest along rows.
    let up = DoubleMatrix(stacking: factors.map { DoubleMatrix($0.up.transposed()) })
      .lowerTriangle()
    let down = DoubleMatrix(stacking: factors.map { DoubleMatrix($0.down) }).lowerTriangle()
    var (row, noise) = (0, 0.0)
    let cores = factors.map { factors in
      let rows = row..<row + factors.up.columns
      row = rows.upperBound
      let (left, right) = (up.rows(rows), down.rows(rows))
      noise += left.norm * right.norm * factors.scale.magnitude
      return DoubleMatrix.product(left, right, leftAs: .transposed, scale: factors.scale)
    }
    self.init(cores[0], isSame ? cores[0] : cores[1], noise: 4 * Double(row) * .ulpOfOne * noise)
  }

  /// Compares two matrices of the same extents element by element, in `Double`.
  ///
  /// - Parameters:
  ///   - first: the matrix that distances are relative to.
  ///   - second: the other.
  ///   - noise: a distance up to this is the rounding of the operands, and counts as 0.
  package init(_ first: DoubleMatrix, _ second: DoubleMatrix, noise: Double = 0) {
    precondition(first.rows == second.rows && first.columns == second.columns)
    var (a, b, inner, square) = (0.0, 0.0, 0.0, 0.0)
    for index in first.elements.indices {
      let (x, y) = (first.elements[index], second.elements[index])
      a += x * x
      b += y * y
      inner += x * y
      square += (x - y) * (x - y)
    }
    let distance = square.squareRoot()
    self.init(
      firstNorm: a.squareRoot(), secondNorm: b.squareRoot(), inner: inner,
      distance: distance > noise ? distance : 0)
  }
}

extension FrobeniusComparison {
  /// Compares two vectors of integers: the distance is 0 only where they are the same.
  ///
  /// - Precondition: the vectors have as many elements, and differences do not overflow.
  package init(_ first: [Int128], _ second: [Int128]) {
    precondition(first.count == second.count)
    var (a, b, inner, square) = (0.0, 0.0, 0.0, 0.0)
    for (x, y) in zip(first, second) {
      let difference = Double(x - y)
      a += Double(x) * Double(x)
      b += Double(y) * Double(y)
      inner += Double(x) * Double(y)
      square += difference * difference
    }
    self.init(
      firstNorm: a.squareRoot(), secondNorm: b.squareRoot(), inner: inner,
      distance: square.squareRoot())
  }
}

extension DoubleMatrix {
  /// `blocks` one below the other.
  ///
  /// - Precondition: they have the same number of columns.
  package init(stacking blocks: [DoubleMatrix]) {
    let columns = blocks.first?.columns ?? 0
    precondition(blocks.allSatisfy { $0.columns == columns })
    self.init(
      rows: blocks.reduce(0) { $0 + $1.rows }, columns: columns,
      elements: blocks.flatMap(\.elements))
  }

  /// Some of the rows.
  fileprivate func rows(_ range: Range<Int>) -> DoubleMatrix {
    DoubleMatrix(
      rows: range.count, columns: columns,
      elements: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// The Frobenius norm.
  package var norm: Double { elements.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
