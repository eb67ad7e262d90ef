internal import Formats
internal import LinearAlgebra

/// Computes the factors of fused modules.
struct ModuleFuser: Sendable {
  private let reader: PartReader
  private let format: FloatFormat
  /// What errors call the file that is written.
  private let output: String

  init(_ members: [AdapterLibrary.Member], dtype: DType, output: String) throws(FormatError) {
    reader = PartReader(members)
    format = try FloatFormat(dtype, in: output)
    self.output = output
  }

  /// Fills `down`, `[rank, in]`, and `up`, `[out, rank]`, both row by row in the output's format.
  ///
  /// - Returns: the spectrum kept, for a recompressed module.
  /// - Throws: `FormatError` for an element that is not finite, before or after.
  func fuse(
    _ module: FusedModule, down: Range<Int>, up: Range<Int>, into buffer: UnitBuffer
  ) throws -> KeptSpectrum? {
    switch module.form {
    case .concatenated:
      try concatenate(module, down: down, up: up, into: buffer)
      return nil
    case .vector: preconditionFailure("has no factors")
    case .fullRank:
      let dense = try reader.sum(of: module).scaled(by: Float(1 / module.scale))
      try store(fullRankFactors(of: dense), of: module, down, up, into: buffer)
      return nil
    case .recompressed(let rank):
      let result = try recompress(module, keeping: .rank(rank))
      // Readers multiply with the scale; each factor gives up its root.
      let root = Float((1 / module.scale).squareRoot())
      let factors = (
        up: result.up.padded(rows: module.out, columns: rank).scaled(by: root),
        down: result.down.padded(rows: rank, columns: module.inner).scaled(by: root)
      )
      try store(factors, of: module, down, up, into: buffer)
      return KeptSpectrum(of: result)
    }
  }

  /// Fills `place` with the sum of the parts of a bias or the weight of a norm.
  func sumVectors(
    _ module: FusedModule, _ place: Range<Int>, into buffer: UnitBuffer
  ) throws {
    try store(try reader.sum(of: module), of: module, place, into: buffer)
  }

  /// The least rank that keeps `share` of the squared norm of `module`.
  func rank(of module: FusedModule, keeping share: Double) throws -> Int {
    try recompress(module, keeping: .energy(share)).rank
  }

  private func concatenate(
    _ module: FusedModule, down: Range<Int>, up: Range<Int>, into buffer: UnitBuffer
  ) throws {
    // Rows of a stack that no part has stay zero.
    if !module.parts.allSatisfy(\.isWhole) { buffer.clear(up) }
    var column = 0
    for part in module.parts {
      let rank = part.rank ?? 0
      try reader.withFactors(of: part) { downBytes, downFormat, upBytes, upFormat in
        let multiplier = part.multiplier / module.scale
        let staysHalf = downFormat == .f16 && upFormat == .f16
        let multipliers =
          format != .f16 || (BalancedScale.isMild(multiplier) && staysHalf)
          ? BalancedScale(multiplier, inner: module.inner, out: module.out)
          : BalancedScale(
            multiplier, down: Self.largestMagnitude(downBytes, downFormat),
            up: Self.largestMagnitude(upBytes, upFormat))
        guard let multipliers else { throw underflow(module) }
        let offset = down.lowerBound + column * module.inner * format.byteCount
        let downOverflows = buffer.withOutputBytes(0..<down.upperBound) { output in
          scaleAndConvert(
            from: downBytes, as: downFormat, times: multipliers.down, to: format,
            into: &output, at: offset)
        }
        var overflows = downOverflows
        for move in part.moves {
          let rows = upBytes.extracting(part.upBytes(of: move, upFormat))
          let place = ColumnPlacement(
            rows: move.source.count, columns: rank, columnOffset: column,
            totalColumns: module.rank, rowOffset: move.destination)
          let upOverflows = buffer.withOutputBytes(up) { output in
            placeColumns(
              from: rows, as: upFormat, times: multipliers.up, to: format, into: &output, at: place)
          }
          overflows = overflows || upOverflows
        }
        guard !overflows else { throw overflow(module) }
      }
      column += rank
    }
  }

  static func largestMagnitude(_ bytes: RawSpan, _ format: FloatFormat) -> Double {
    Double(HalfPrecision.widen(bytes, as: format).reduce(0) { max($0, $1.magnitude) })
  }

  private func underflow(_ module: FusedModule) -> FormatError {
    FormatError(
      .unacceptable, file: output, place: "module '\(module.target)'",
      "its delta is too small for the output's type and would become zero",
      remedy: "write with --dtype F32 or --dtype BF16")
  }

  private func overflow(_ module: FusedModule) -> FormatError {
    FormatError(
      .unacceptable, file: output, place: "module '\(module.target)'",
      "an element is too large for the output's type",
      remedy: "write with --dtype F32 or --dtype BF16")
  }

  private func recompress(
    _ module: FusedModule, keeping request: RankRequest
  ) throws -> Recompression {
    do {
      guard module.stackedRank < module.fullRank else {
        return try Recompression(dense: DoubleMatrix(reader.sum(of: module)), keeping: request)
      }
      let factors = try reader.stackedFactors(of: module)
      return try Recompression(up: factors.up, down: factors.down, keeping: request)
    } catch is LinearAlgebraError {
      throw overflow(module)
    }
  }

  /// `dense` beside the identity, with a power of two moved between them so that the largest
  /// element of `dense` is near 1, where half precision loses least.
  private func fullRankFactors(of dense: Matrix) -> (up: Matrix, down: Matrix) {
    let largest = dense.largestMagnitude
    let exponent = largest > 0 && largest.isFinite ? min(max(Int(largest.exponent), -14), 14) : 0
    let scale = Float(sign: .plus, exponent: exponent, significand: 1)
    return fullRankPair(of: dense, scale: scale)
  }

  /// Writes a computed pair.
  private func store(
    _ factors: (up: Matrix, down: Matrix), of module: FusedModule, _ down: Range<Int>,
    _ up: Range<Int>, into buffer: UnitBuffer
  ) throws {
    try store(factors.down, of: module, down, into: buffer)
    try store(factors.up, of: module, up, into: buffer)
  }

  private func store(
    _ matrix: Matrix, of module: FusedModule, _ place: Range<Int>, into buffer: UnitBuffer
  ) throws {
    guard matrix.elements.allSatisfy(\.isFinite) else { throw overflow(module) }
    let largest = matrix.largestMagnitude
    guard largest == 0 || format != .f16 || largest > 0x1p-25 else { throw underflow(module) }
    let overflows = buffer.withOutputBytes(place) { output in
      HalfPrecision.narrow(matrix.elements.span, to: format, into: &output)
    }
    guard !overflows else { throw overflow(module) }
  }
}
