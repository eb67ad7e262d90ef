extension DoubleMatrix {
  /// The identity of `size` rows and columns.
  package init(identity size: Int) {
    self.init(zeros: size, size)
    for index in 0..<size { elements[index * size + index] = 1 }
  }

  /// The sum.
  ///
  /// - Precondition: the extents are the same.
  package func adding(_ other: DoubleMatrix) -> DoubleMatrix { combined(other, +) }

  /// The difference.
  ///
  /// - Precondition: the extents are the same.
  package func subtracting(_ other: DoubleMatrix) -> DoubleMatrix { combined(other, -) }

  /// The matrix with every element multiplied by `factor`.
  package func scaled(by factor: Double) -> DoubleMatrix {
    DoubleMatrix(rows: rows, columns: columns, elements: elements.map { $0 * factor })
  }

  private func combined(
    _ other: DoubleMatrix, _ operation: (Double, Double) -> Double
  ) -> DoubleMatrix {
    precondition(rows == other.rows && columns == other.columns)
    return DoubleMatrix(
      rows: rows, columns: columns, elements: zip(elements, other.elements).map(operation))
  }

  /// The quotient `self · divisor⁻¹`, by LAPACK's `dgesv`.
  ///
  /// - Precondition: `divisor` is square with as many rows as this matrix has columns, not 0.
  /// - Throws: ``LinearAlgebraError/nonFinite``, or `noConvergence` for a divisor without inverse.
  /// - Complexity: O(columns³ + rows · columns²).
  package func divided(by divisor: DoubleMatrix) throws(LinearAlgebraError) -> DoubleMatrix {
    precondition(divisor.rows == divisor.columns && divisor.rows == columns && columns > 0)
    guard isFinite, divisor.isFinite else { throw .nonFinite }
    var result = self
    try LAPACK.gesv(divisor.elements, size: columns, &result.elements, rows: rows)
    return result
  }
}
