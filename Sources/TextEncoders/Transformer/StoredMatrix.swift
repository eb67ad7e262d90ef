internal import LinearAlgebra

/// A weight matrix in the form in which it is stored, widened to `Float` a few rows at a time.
///
/// Widening the builtin encoder's int8 weights as a whole would cost 43 MB, and more time than
/// embedding a prompt; a tile of rows stays in the processor's cache until it has been used.
package struct StoredMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  private let storage: Storage

  private enum Storage: Sendable {
    case dense([Float])
    /// One byte per element from `offset` in the builtin weights on, one scale per row.
    case builtin(offset: Int, scales: [Float])
  }

  /// - Precondition: `elements.count == rows * columns`.
  package init(rows: Int, columns: Int, elements: [Float]) {
    precondition(elements.count == rows * columns)
    (self.rows, self.columns, storage) = (rows, columns, .dense(elements))
  }

  /// A matrix of int8 in the builtin weights: element [r, c] stands for q[r, c] * scales[r].
  init(builtinAt offset: Int, columns: Int, scales: [Float]) {
    (rows, self.columns) = (scales.count, columns)
    storage = .builtin(offset: offset, scales: scales)
  }

  /// Stores `rows` of the matrix at the start of `output`.
  ///
  /// - Precondition: the rows exist, and `output` has room for them.
  func widen(_ rows: Range<Int>, into output: inout [Float]) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows)
    precondition(rows.count * columns <= output.count)
    switch storage {
    case .dense(let elements):
      let stored = rows.lowerBound * columns..<rows.upperBound * columns
      output.replaceSubrange(0..<stored.count, with: elements[stored])
    case .builtin(let offset, let scales):
      BuiltinData.withWeights { bytes in
        for (index, row) in rows.enumerated() {
          let stored = bytes.extracting(offset + row * columns..<offset + (row + 1) * columns)
          output.withRow(index * columns..<(index + 1) * columns) {
            $0.assign(stored, times: scales[row])
          }
        }
      }
    }
  }

  /// Adds row `row` to the elements of `output` from `start` on.
  func add(_ row: Int, to output: inout [Float], at start: Int) {
    var values = [Float](repeating: 0, count: columns)
    widen(row..<row + 1, into: &values)
    output.withRow(start..<start + columns) { target in
      for i in target.indices { target[i] += values[i] }
    }
  }
}

extension MutableSpan<Float> {
  /// Stores the signed bytes of `stored`, each multiplied by `scale`.
  ///
  /// - Precondition: there are as many as elements.
  fileprivate mutating func assign(_ stored: RawSpan, times scale: Float) {
    precondition(stored.byteCount == count)
    for i in 0..<count {
      // SAFETY: `i` is below the number of bytes, and any byte is an Int8.
      self[i] = Float(unsafe stored.unsafeLoad(fromByteOffset: i, as: Int8.self)) * scale
    }
  }
}
