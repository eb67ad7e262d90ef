/// A matrix of int8 in the builtin weights: element [r, c] stands for q[r, c] * scales[r].
struct BuiltinMatrix: Sendable {
  /// Where the first element is in the builtin weights.
  let offset: Int
  let columns: Int
  let scales: [Float]

  /// Stores some rows at the start of `output`.
  ///
  /// - Precondition: the rows exist, and `output` has room for them.
  func widen(rows: Range<Int>, into output: inout [Float]) {
    BuiltinData.withWeights { bytes in
      for (index, row) in rows.enumerated() {
        let start = offset + row * columns
        output.withRow(index * columns..<(index + 1) * columns) {
          $0.assign(bytes.extracting(start..<start + columns), times: scales[row])
        }
      }
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
