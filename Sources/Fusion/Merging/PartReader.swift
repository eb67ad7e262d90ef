internal import Formats
internal import LinearAlgebra

/// Reads the parts of fused modules: factors as they are stored, or as they are computed.
package struct PartReader: Sendable {
  let deltas: DeltaReader

  /// Where singular values of the base are kept; nil where they are computed each time.
  let spectra: SpectrumCache?

  package init(_ members: [AdapterLibrary.Member], spectra: SpectrumCache? = nil) {
    deltas = DeltaReader(members)
    self.spectra = spectra
  }

  /// Calls `body` with the factors of `part`, row by row, in the rows of its own module, without
  /// any scale.
  ///
  /// - `down`: `[rank, in]`; `up`: `[out, rank]`.
  ///
  /// - Precondition: the part has a rank.
  /// - Throws: `FormatError` for an element that is not finite.
  func withFactors<Result>(
    of part: FusedModule.Part,
    _ body: (_ down: RawSpan, FloatFormat, _ up: RawSpan, FloatFormat) throws -> Result
  ) throws -> Result {
    guard let stored = part.module.storedFactors else {
      let (up, down) = try computedFactors(of: part)
      return try down.withRawBytes { down in
        try up.withRawBytes { up in try body(down, .f32, up, .f32) }
      }
    }
    return try deltas.factors.withBytes(of: stored.down, adapter: part.adapter) {
      down, downFormat in
      try deltas.factors.withBytes(of: stored.up, adapter: part.adapter) { up, upFormat in
        try body(down, downFormat, up, upFormat)
      }
    }
  }

  private func computedFactors(of part: FusedModule.Part) throws -> (up: Matrix, down: Matrix) {
    guard
      case .lowRank(let up, let down, _) = try deltas.delta(of: part.module, adapter: part.adapter)
    else { preconditionFailure("a dense part has no factors") }
    return (up, down)
  }

  /// The factors of one entry of a unit of `rowCount` rows, without its scale; of full rank for a
  /// dense delta.
  ///
  /// - Throws: `FormatError` for an element that is not finite, and for a delta that needs the base.
  func factors(of entry: ModuleUnion.Entry, rowCount: Int) throws -> FactorPair {
    let pair: FactorPair
    switch try deltas.delta(of: entry.module, adapter: entry.adapter) {
    case .lowRank(let up, let down, _): pair = FactorPair(up: up, down: down)
    case .dense(let matrix, _):
      let factors = fullRankPair(of: matrix)
      pair = FactorPair(up: factors.up, down: factors.down)
    case .needsBase:
      throw FusionError(
        .data, "module '\(entry.module.target)' has no norm of its own without the base model",
        hint: "use another --mix than norm")
    }
    guard !entry.isWhole else { return pair }
    var up = Matrix(zeros: rowCount, pair.up.columns)
    up.add(pair.up, times: 1, entry.moves)
    return FactorPair(up: up, down: pair.down)
  }

  /// The factors of all parts side by side, `[out, Σ rank]` and `[Σ rank, in]`, multipliers included.
  ///
  /// - Precondition: every part has a rank.
  func stackedFactors(of module: FusedModule) throws -> (up: Matrix, down: Matrix) {
    var down = Matrix(zeros: module.stackedRank, module.inner)
    var up = Matrix(zeros: module.out, module.stackedRank)
    var row = 0
    for part in module.parts {
      let rank = part.rank ?? 0
      try withFactors(of: part) { downBytes, downFormat, upBytes, upFormat in
        down.placeRows(from: downBytes, as: downFormat, at: row)
        for move in part.moves {
          let rows = upBytes.extracting(part.upBytes(of: move, upFormat))
          up.placeColumns(
            from: rows, as: upFormat, times: Float(part.multiplier), at: row,
            firstRow: move.destination, rowCount: move.source.count)
        }
      }
      row += rank
    }
    return (up, down)
  }

  /// The sum of the parts of `module`, none of which needs a base.
  func sum(of module: FusedModule) throws -> Matrix {
    var sum = Matrix(zeros: module.out, module.inner)
    for part in module.parts { try add(part, to: &sum) }
    return sum
  }

  /// Adds a part that needs no base.
  func add(_ part: FusedModule.Part, to sum: inout Matrix) throws {
    guard part.rank != nil else {
      guard case .dense(let matrix, _) = try deltas.delta(of: part.module, adapter: part.adapter)
      else { preconditionFailure("a part without rank is dense") }
      sum.add(matrix, times: Float(part.multiplier), part.moves)
      return
    }
    try withFactors(of: part) { down, downFormat, up, upFormat in
      let down = HalfPrecision.widen(down, as: downFormat)
      let up = HalfPrecision.widen(up, as: upFormat)
      add(part, up, down, to: &sum)
    }
  }

  private func add(_ part: FusedModule.Part, _ up: [Float], _ down: [Float], to sum: inout Matrix) {
    let (rank, inner) = (part.rank ?? 0, sum.columns)
    for move in part.moves {
      BLAS.gemm(
        m: move.source.count, n: inner, k: rank, alpha: Float(part.multiplier),
        a: up, OperandLayout(offset: move.source.lowerBound * rank, stride: rank),
        b: down, OperandLayout(stride: inner), beta: 1,
        c: &sum.elements, OperandLayout(offset: move.destination * inner, stride: inner))
    }
  }
}

extension FusedModule.Part {
  /// Where the rows of `move` lie in the stored upper factor.
  func upBytes(of move: RowMove, _ format: FloatFormat) -> Range<Int> {
    let stride = (rank ?? 0) * format.byteCount
    return move.source.lowerBound * stride..<move.source.upperBound * stride
  }
}

extension Matrix {
  /// Adds `factor * matrix`, its rows where `moves` puts them.
  mutating func add(_ matrix: Matrix, times factor: Float, _ moves: [RowMove]) {
    precondition(matrix.columns == columns)
    let columns = columns
    var target = elements.mutableSpan
    for move in moves {
      for row in move.source.indices {
        let (from, to) = (
          row * columns, (move.destination + row - move.source.lowerBound) * columns
        )
        for column in 0..<columns { target[to + column] += factor * matrix.elements[from + column] }
      }
    }
  }
}
