/// Products that keep the structure of their factors, so that low-rank matrices stay factored.
extension Matrix {
  /// The Kronecker product: block `[i, j]` is `self[i, j] * other`.
  ///
  /// (A · B) ⊗ (C · D) is (A ⊗ C) · (B ⊗ D).
  ///
  /// - Precondition: both extents of the result fit in an `Int`.
  package func kronecker(_ other: Matrix) -> Matrix {
    var result = Matrix(zeros: rows * other.rows, columns * other.columns)
    let (rows, columns, width) = (rows, columns, columns * other.columns)
    var target = result.elements.mutableSpan
    for row in 0..<rows {
      for column in 0..<columns {
        let factor = elements[row * columns + column]
        for otherRow in 0..<other.rows {
          let start = (row * other.rows + otherRow) * width + column * other.columns
          let source = otherRow * other.columns
          for index in 0..<other.columns {
            target[start + index] = factor * other.elements[source + index]
          }
        }
      }
    }
    return result
  }

  /// The products of all pairs of columns, row by row: `[rows, columns · other.columns]`.
  ///
  /// (A · B) ∘ (C · D) is `A.pairedColumns(C) · B.pairedRows(D)`. Source: Khatri and Rao (1968), *Solutions
  /// to some functional equations*, as the face-splitting product.
  ///
  /// - Precondition: both have as many rows.
  package func pairedColumns(_ other: Matrix) -> Matrix {
    precondition(rows == other.rows)
    let width = columns * other.columns
    var result = Matrix(zeros: rows, width)
    var target = result.elements.mutableSpan
    for row in 0..<rows {
      for column in 0..<columns {
        let factor = elements[row * columns + column]
        let start = row * width + column * other.columns
        for index in 0..<other.columns {
          target[start + index] = factor * other.elements[row * other.columns + index]
        }
      }
    }
    return result
  }

  /// The products of all pairs of rows, column by column: `[rows · other.rows, columns]`.
  ///
  /// - Precondition: both have as many columns.
  package func pairedRows(_ other: Matrix) -> Matrix {
    precondition(columns == other.columns)
    var result = Matrix(zeros: rows * other.rows, columns)
    let columns = columns
    var target = result.elements.mutableSpan
    for row in 0..<rows {
      for otherRow in 0..<other.rows {
        let start = (row * other.rows + otherRow) * columns
        for index in 0..<columns {
          target[start + index] =
            elements[row * columns + index] * other.elements[otherRow * columns + index]
        }
      }
    }
    return result
  }

  /// The lower factor of a matrix in Tucker form, `[p, in · area]`.
  ///
  /// Element `[p, i · area + k]` is Σ over q of `self[p, q · area + k] * down[q, i]`: the core, of
  /// `[p, q, area]`, multiplied with the factor of the inputs.
  ///
  /// `down` is `[q, in]`.
  ///
  /// - Precondition: `columns == down.rows * area`.
  package func tuckerFactor(_ down: Matrix, area: Int) -> Matrix {
    precondition(columns == down.rows * area)
    var result = Matrix(zeros: rows, down.columns * area)
    let width = down.columns * area
    var target = result.elements.mutableSpan
    for row in 0..<rows {
      for inner in 0..<down.rows {
        for column in 0..<down.columns {
          let factor = down.elements[inner * down.columns + column]
          let (start, source) = (row * width + column * area, row * columns + inner * area)
          for index in 0..<area { target[start + index] += factor * elements[source + index] }
        }
      }
    }
    return result
  }

  /// Calls `body` with the elements as raw bytes.
  package func withRawBytes<Result, Failure>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: any byte of a `Float` may be read, and the span does not outlive the call.
    try body(unsafe elements.span.bytes)
  }
}
