/// Some rows of a stored module, and where they go in another stack of the same weights.
package struct RowMove: Sendable, Hashable {
  package let source: Range<Int>
  /// The first row that they become.
  package let destination: Int

  package init(source: Range<Int>, destination: Int) {
    (self.source, self.destination) = (source, destination)
  }
}

extension ModuleStack {
  /// The rows that `other` has if this stack has `rowCount`, told by a weight that both hold.
  ///
  /// Nil where they have none in common, or the rows cannot be divided so.
  package func rowCount(_ rowCount: Int, in other: ModuleStack) -> Int? {
    if pieces == other.pieces { return rowCount }
    for (index, piece) in pieces.enumerated() {
      guard let place = other.pieces.firstIndex(where: { $0.target == piece.target }) else {
        continue
      }
      return rows(of: rowCount).flatMap {
        other.rowCount(pieceAt: place, rowCount: $0[index].count)
      }
    }
    return nil
  }

  /// Which of this stack's rows belong in `other`, and where.
  ///
  /// One move of everything where the two are the same; else moves in the order of this stack's
  /// rows. Nil where the numbers of rows, of this stack and of the other, do not fit.
  package func moves(
    rowCount: Int, to other: ModuleStack, rowCount otherRowCount: Int
  ) -> [RowMove]? {
    if pieces == other.pieces, swapsHalves == other.swapsHalves {
      return rowCount == otherRowCount ? [RowMove(source: 0..<rowCount, destination: 0)] : nil
    }
    guard let own = rows(of: rowCount), let others = other.rows(of: otherRowCount) else {
      return nil
    }
    var moves: [RowMove] = []
    for (piece, source) in zip(pieces, own) {
      guard let index = other.pieces.firstIndex(where: { $0.target == piece.target }) else {
        continue
      }
      guard source.count == others[index].count else { return nil }
      let destination = others[index].lowerBound
      if swapsHalves == other.swapsHalves {
        moves.append(RowMove(source: source, destination: destination))
      } else {
        let half = source.count / 2
        guard source.count == 2 * half else { return nil }
        let middle = source.lowerBound + half
        moves.append(RowMove(source: source.lowerBound..<middle, destination: destination + half))
        moves.append(RowMove(source: middle..<source.upperBound, destination: destination))
      }
    }
    return moves
  }
}
