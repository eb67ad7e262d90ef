internal import LinearAlgebra

/// A change that puts values in the place of a weight's, all or some rows.
///
/// At a weight `w` the result is `(1 − w) · base + w · new`. Taken as a sum of base and difference it
/// would lose the new values where they are much smaller than the old.
protocol ReplacingDelta: BaseDelta {
  /// The new values in the shape of `base`, and the rows of it that they are for; other rows are zero.
  ///
  /// - Throws: `FusionError` when `base` is not of the shape that the tensors are for.
  func replacement(of base: Matrix) throws -> (values: Matrix, rows: [Int])
}

extension ReplacingDelta {
  func delta(base: Matrix) throws -> Matrix {
    var (result, rows) = try replacement(of: base)
    for row in rows {
      for index in row * base.columns..<(row + 1) * base.columns {
        result.elements[index] -= base.elements[index]
      }
    }
    return result
  }
}

/// A weight that stands in another's place.
struct ReplacementDelta: ReplacingDelta {
  let weight: Matrix

  func replacement(of base: Matrix) throws -> (values: Matrix, rows: [Int]) {
    guard weight.rows == base.rows, weight.columns == base.columns else {
      throw misfit("the [\(weight.rows), \(weight.columns)] of its whole weight", base: base)
    }
    return (weight, Array(0..<weight.rows))
  }
}

/// The same for some rows.
struct TokenDelta: ReplacingDelta {
  /// `[count, width]`.
  let rows: Matrix
  let indices: [Int]

  func replacement(of base: Matrix) throws -> (values: Matrix, rows: [Int]) {
    guard rows.columns == base.columns, indices.allSatisfy({ $0 < base.rows }) else {
      throw misfit("the \(rows.rows) rows of \(rows.columns) of its tokens", base: base)
    }
    var values = Matrix(zeros: base.rows, base.columns)
    for (row, index) in indices.enumerated() {
      let source = row * base.columns..<(row + 1) * base.columns
      values.elements.replaceSubrange(
        index * base.columns..<(index + 1) * base.columns, with: rows.elements[source])
    }
    return (values, indices)
  }
}
