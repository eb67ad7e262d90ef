internal import Formats
internal import LinearAlgebra

/// The factors of all parts of a target side by side, so that one product serves for all adapters.
struct FactorBlocks {
  /// Parts whose rows go to the same place.
  private struct Block {
    /// `[count, Σ rank]`, multipliers included.
    var up: Matrix
    /// `[Σ rank, in]`.
    var down: Matrix
    /// Where its rows go among those of the weight, counted from the first row computed; columns
    /// where the weight is stored the other way round.
    let destination: Range<Int>
  }

  private var blocks: [Block] = []
  private let isTransposed: Bool
  /// The first row computed, where the weight is stored the other way round.
  private let firstColumn: Int

  /// Reads what `rows` of `tensor` need.
  ///
  /// - Throws: `FormatError` for an element that is not finite.
  init(
    of group: BakePlan.Group, rows: Range<Int>, of tensor: CheckpointTensor, _ reader: PartReader
  ) throws {
    isTransposed = group.isTransposed
    firstColumn = rows.lowerBound
    let columns = group.isTransposed ? tensor.rows : tensor.columns
    let wanted = group.isTransposed ? 0..<tensor.columns : rows
    var rest = group.parts[...]
    while let first = rest.first {
      let same = rest.filter { $0.moves == first.moves }
      rest = rest.filter { $0.moves != first.moves }[...]
      try read(Array(same), wanted, columns: columns, reader)
    }
  }

  /// Reads parts that have the same moves.
  private mutating func read(
    _ parts: [FusedModule.Part], _ wanted: Range<Int>, columns: Int, _ reader: PartReader
  ) throws {
    let moves = parts[0].moves.compactMap { $0.clipped(to: wanted) }
    guard !moves.isEmpty else { return }
    let rank = parts.reduce(0) { $0 + ($1.rank ?? 0) }
    var down = Matrix(zeros: rank, columns)
    var ups = moves.map { Matrix(zeros: $0.source.count, rank) }
    var row = 0
    for part in parts {
      try reader.withFactors(of: part) { downBytes, downFormat, upBytes, upFormat in
        down.placeRows(from: downBytes, as: downFormat, at: row)
        for (index, move) in moves.enumerated() {
          ups[index].placeColumns(
            from: upBytes.extracting(part.upBytes(of: move, upFormat)), as: upFormat,
            times: Float(part.multiplier), at: row, firstRow: 0, rowCount: move.source.count)
        }
      }
      row += part.rank ?? 0
    }
    for (move, up) in zip(moves, ups) {
      let start = move.destination - wanted.lowerBound
      blocks.append(
        Block(up: up, down: down, destination: start..<(start + move.source.count)))
    }
  }

  /// Stores the rows `panel` of the product, of `columns` each, at the start of `delta`.
  func product(ofRows panel: Range<Int>, columns: Int, into delta: inout [Float]) {
    let isWhole = blocks.first.map { covers(panel, columns, $0) } ?? false
    if !isWhole { for index in 0..<panel.count * columns { delta[index] = 0 } }
    for (index, block) in blocks.enumerated() where block.up.columns > 0 {
      let beta: Float = isWhole && index == 0 ? 0 : 1
      let rank = block.up.columns
      if isTransposed {
        BLAS.gemm(
          m: panel.count, n: block.destination.count, k: rank, a: block.down.elements,
          OperandLayout(
            offset: firstColumn + panel.lowerBound, stride: block.down.columns, .transposed),
          b: block.up.elements, OperandLayout(stride: rank, .transposed), beta: beta, c: &delta,
          OperandLayout(offset: block.destination.lowerBound, stride: columns))
        continue
      }
      let rows = block.destination.clamped(to: panel)
      guard !rows.isEmpty else { continue }
      BLAS.gemm(
        m: rows.count, n: columns, k: rank, a: block.up.elements,
        OperandLayout(
          offset: (rows.lowerBound - block.destination.lowerBound) * rank, stride: rank),
        b: block.down.elements, OperandLayout(stride: columns), beta: beta, c: &delta,
        OperandLayout(offset: (rows.lowerBound - panel.lowerBound) * columns, stride: columns))
    }
  }

  private func covers(_ panel: Range<Int>, _ columns: Int, _ block: Block) -> Bool {
    guard block.up.columns > 0 else { return false }
    return isTransposed
      ? block.destination == 0..<columns : block.destination.clamped(to: panel) == panel
  }
}

extension RowMove {
  /// The part of the move that ends in `rows`; nil if none does.
  fileprivate func clipped(to rows: Range<Int>) -> RowMove? {
    let target = (destination..<(destination + source.count)).clamped(to: rows)
    guard !target.isEmpty else { return nil }
    let start = source.lowerBound + target.lowerBound - destination
    return RowMove(source: start..<(start + target.count), destination: target.lowerBound)
  }
}
