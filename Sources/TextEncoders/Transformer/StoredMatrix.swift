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
    case mapped(FileTensor)
    case builtin(BuiltinMatrix)
    case file(FileTensor)
  }

  /// Rows that are widened and multiplied at once: few enough to stay in the cache, enough to pay
  /// for preparing the other operand.
  private static let tileRows = 384

  private init(rows: Int, columns: Int, _ storage: Storage, firstRow: Int = 0) {
    (self.rows, self.columns, self.storage, self.firstRow) = (rows, columns, storage, firstRow)
  }

  init(_ matrix: BuiltinMatrix) {
    self.init(rows: matrix.scales.count, columns: matrix.columns, .builtin(matrix))
  }

  /// A tensor in a file.
  ///
  /// - Precondition: the tensor has that many elements.
  init(rows: Int, columns: Int, _ tensor: FileTensor) {
    precondition(tensor.elementCount == rows * columns)
    self.init(
      rows: rows, columns: columns, tensor.isMappedFloat ? .mapped(tensor) : .file(tensor))
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
    case .dense, .mapped: true
    case .builtin, .file: false
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
    var elements: [Float] = []
    try withRows(0..<rows, tile: &elements) { _ in }
    return StoredMatrix(rows: rows, columns: columns, .dense(elements))
  }

  /// Calls `body` with the elements of some rows; `tile` is room for them, kept between calls.
  ///
  /// - Precondition: the rows exist.
  func withRows<Result>(
    _ range: Range<Int>, tile: inout [Float], _ body: (Span<Float>) throws -> Result
  ) throws -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    let stored = firstRow + range.lowerBound..<firstRow + range.upperBound
    let elements = stored.lowerBound * columns..<stored.upperBound * columns
    switch storage {
    case .dense(let values): return try body(values.span.extracting(elements))
    case .mapped(let tensor): return try tensor.withMappedFloats(elements, body)
    case .builtin(let matrix):
      tile.makeRoom(for: elements.count)
      matrix.widen(rows: stored, into: &tile)
    case .file(let tensor):
      tile.makeRoom(for: elements.count)
      try tensor.widen(rows: stored, of: columns, into: &tile)
    }
    return try body(tile.span.extracting(0..<elements.count))
  }
}
