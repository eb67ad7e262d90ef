internal import Formats
internal import LinearAlgebra

/// A weight matrix in the form in which it is stored.
///
/// `Float`s of a mapped file are multiplied where they lie. All else is widened, as a whole or a few
/// rows at a time: widening the builtin encoder's int8 weights as a whole would take longer than
/// embedding a prompt, while a tile of rows stays in the processor's cache until it has been used.
package struct StoredMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  private let storage: Storage
  /// The row of the storage that is row 0 of the matrix.
  private let firstRow: Int

  private enum Storage: Sendable {
    case dense([Float])
    /// One byte per element from `offset` in the builtin weights on, one scale per row.
    case builtin(offset: Int, scales: [Float])
    case file(FileTensor)
  }

  /// Rows that are widened and multiplied at once: few enough to stay in the cache, enough to pay
  /// for preparing the other operand.
  private static let tileRows = 384

  private init(rows: Int, columns: Int, _ storage: Storage, firstRow: Int = 0) {
    (self.rows, self.columns, self.storage, self.firstRow) = (rows, columns, storage, firstRow)
  }

  /// - Precondition: `elements.count == rows * columns`.
  package init(rows: Int, columns: Int, elements: [Float]) {
    precondition(elements.count == rows * columns)
    self.init(rows: rows, columns: columns, .dense(elements))
  }

  /// A matrix of int8 in the builtin weights: element [r, c] stands for q[r, c] * scales[r].
  init(builtinAt offset: Int, columns: Int, scales: [Float]) {
    self.init(rows: scales.count, columns: columns, .builtin(offset: offset, scales: scales))
  }

  /// A tensor in a file.
  ///
  /// - Precondition: the tensor has that many elements.
  init(rows: Int, columns: Int, _ tensor: FileTensor) {
    precondition(tensor.elementCount == rows * columns)
    self.init(rows: rows, columns: columns, .file(tensor))
  }

  /// The matrix of some rows.
  ///
  /// - Precondition: the rows exist.
  func extracting(_ range: Range<Int>) -> StoredMatrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    return StoredMatrix(
      rows: range.count, columns: columns, storage, firstRow: firstRow + range.lowerBound)
  }

  /// Whether the elements are `Float`s in memory.
  private var isReady: Bool {
    switch storage {
    case .dense: true
    case .builtin: false
    case .file(let tensor): tensor.isMappedFloat
    }
  }

  /// The rows in parts that are best used at once.
  var tiles: [Range<Int>] {
    let size = isReady ? max(1, rows) : Self.tileRows
    return stride(from: 0, to: rows, by: size).map { $0..<min($0 + size, rows) }
  }

  /// The same matrix with `Float`s in memory.
  func widened() throws -> StoredMatrix {
    if isReady { return self }
    var elements = [Float](repeating: 0, count: rows * columns)
    try widen(0..<rows, into: &elements)
    return StoredMatrix(rows: rows, columns: columns, elements: elements)
  }

  /// Calls `body` with the elements of some rows; `tile` is room for them, kept between calls.
  ///
  /// - Precondition: the rows exist.
  func withRows<Result>(
    _ range: Range<Int>, tile: inout [Float], _ body: (Span<Float>) throws -> Result
  ) throws -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    let stored = elements(of: range)
    switch storage {
    case .dense(let elements): return try body(elements.span.extracting(stored))
    case .file(let tensor) where tensor.isMappedFloat:
      return try tensor.withMappedFloats(stored, body)
    default:
      tile.makeRoom(for: stored.count)
      try widen(range, into: &tile)
      return try body(tile.span.extracting(0..<stored.count))
    }
  }

  /// Where the elements of some rows are in the storage.
  private func elements(of range: Range<Int>) -> Range<Int> {
    (firstRow + range.lowerBound) * columns..<(firstRow + range.upperBound) * columns
  }

  /// Stores the elements of some rows at the start of `output`.
  private func widen(_ range: Range<Int>, into output: inout [Float]) throws {
    switch storage {
    case .dense(let elements):
      output.store(Array(elements[self.elements(of: range)]))
    case .builtin(let offset, let scales):
      BuiltinData.withWeights { bytes in
        for (index, row) in range.enumerated() {
          let start = offset + (firstRow + row) * columns
          output.withRow(index * columns..<(index + 1) * columns) {
            $0.assign(bytes.extracting(start..<start + columns), times: scales[firstRow + row])
          }
        }
      }
    case .file(let tensor):
      try tensor.widen(
        rows: firstRow + range.lowerBound..<firstRow + range.upperBound, of: columns,
        into: &output)
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
