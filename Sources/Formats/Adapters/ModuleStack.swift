/// What one stored module stands for: a weight of the canonical model, or several, one below the other.
///
/// The original checkpoints of Flux and others keep the matrices of queries, keys and values in
/// one; diffusers keeps them apart. Both names lead to the same canonical weights, so that a module
/// of the one can meet modules of the other.
package struct ModuleStack: Sendable, Hashable {
  /// One of the canonical weights.
  package struct Piece: Sendable, Hashable {
    package let target: ModuleTarget
    /// How many of the stack's rows are this piece's, in parts of the sum of all shares.
    package let share: Int

    package init(target: ModuleTarget, share: Int = 1) {
      (self.target, self.share) = (target, share)
    }
  }

  /// The name of the whole: the canonical one, or, of several pieces, that of the checkpoint.
  package let target: ModuleTarget
  package let pieces: [Piece]
  /// Whether the halves of the canonical weight are the other way round here.
  ///
  /// Original checkpoints keep shift before scale in the last modulation, diffusers after it.
  package let swapsHalves: Bool

  /// - Precondition: there is a piece, and every share is positive.
  package init(target: ModuleTarget, pieces: [Piece], swapsHalves: Bool = false) {
    precondition(!pieces.isEmpty && pieces.allSatisfy { $0.share > 0 })
    (self.target, self.pieces, self.swapsHalves) = (target, pieces, swapsHalves)
  }

  /// A weight that is stored as the canonical model has it.
  package init(_ target: ModuleTarget) {
    self.init(target: target, pieces: [Piece(target: target)])
  }

  /// The same for the biases of the modules.
  package var bias: ModuleStack {
    ModuleStack(
      target: target.bias,
      pieces: pieces.map { Piece(target: $0.target.bias, share: $0.share) },
      swapsHalves: swapsHalves)
  }

  private var shareSum: Int { pieces.reduce(0) { $0 + $1.share } }

  /// Where the rows of each piece are in a stack of `rowCount` rows, in the stack's order.
  ///
  /// Nil if that many rows cannot be divided by the shares.
  package func rows(of rowCount: Int) -> [Range<Int>]? {
    guard rowCount.isMultiple(of: shareSum), !swapsHalves || rowCount.isMultiple(of: 2) else {
      return nil
    }
    var start = 0
    return pieces.map { piece in
      let end = start + rowCount / shareSum * piece.share
      defer { start = end }
      return start..<end
    }
  }

  /// The rows of a stack of which the piece at `index` has `rowCount`; nil if that cannot be.
  package func rowCount(pieceAt index: Int, rowCount: Int) -> Int? {
    let (unit, rest) = rowCount.quotientAndRemainder(dividingBy: pieces[index].share)
    let (product, overflow) = unit.multipliedReportingOverflow(by: shareSum)
    return rest == 0 && !overflow ? product : nil
  }

  /// The same modules of another component.
  func moved(to component: ModelComponent) -> ModuleStack {
    func moved(_ target: ModuleTarget) -> ModuleTarget {
      ModuleTarget(
        component: component, path: target.path, parameter: target.parameter,
        isFlat: target.isFlat)
    }
    return ModuleStack(
      target: moved(target),
      pieces: pieces.map { Piece(target: moved($0.target), share: $0.share) },
      swapsHalves: swapsHalves)
  }
}
