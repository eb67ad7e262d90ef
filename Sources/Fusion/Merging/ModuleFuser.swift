internal import Formats
internal import LinearAlgebra

/// Computes the factors of fused modules.
struct ModuleFuser: Sendable {
  private let reader: FactorReader
  private let format: FloatFormat
  /// What errors call the file that is written.
  private let output: String

  init(_ members: [AdapterLibrary.Member], dtype: DType, output: String) throws(FormatError) {
    reader = FactorReader(members)
    format = try FloatFormat(dtype, in: output)
    self.output = output
  }

  /// What was kept of a module's delta, in squared Frobenius norm.
  struct Energy: Sendable {
    var (kept, total) = (0.0, 0.0)
  }

  /// Fills `down`, `[rank, in]`, and `up`, `[out, rank]`, both row by row in the output's format.
  ///
  /// - Returns: the energy kept, for a recompressed module.
  /// - Throws: `FormatError` for an element that is not finite, before or after.
  func fuse(
    _ module: FusedModule, down: Range<Int>, up: Range<Int>, into buffer: UnitBuffer
  ) throws -> Energy? {
    switch module.form {
    case .concatenated:
      try concatenate(module, down: down, up: up, into: buffer)
      return nil
    case .fullRank:
      let dense = try self.dense(module).scaled(by: Float(1 / module.scale))
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
      return Self.energy(of: result)
    }
  }

  /// The least rank that keeps `share` of the squared norm of `module`.
  func rank(of module: FusedModule, keeping share: Double) throws -> Int {
    try recompress(module, keeping: .energy(share)).rank
  }

  private static func energy(of result: Recompression) -> Energy {
    let kept = result.singularValues.reduce(0) { $0 + $1 * $1 }
    return Energy(kept: kept, total: result.energyShare > 0 ? kept / result.energyShare : kept)
  }

  private func concatenate(
    _ module: FusedModule, down: Range<Int>, up: Range<Int>, into buffer: UnitBuffer
  ) throws {
    var row = 0
    // The smaller factor takes the multiplier, so that the larger is copied.
    let scalesDown = module.inner < module.out
    for part in module.parts {
      let multipliers = try multipliers(of: part, in: module, scalesDown: scalesDown)
      let offset = down.lowerBound + row * module.inner * format.byteCount
      let place = ColumnPlacement(
        rows: module.out, columns: part.module.rank, columnOffset: row,
        totalColumns: module.rank)
      let downOverflows = try reader.withBytes(of: part.module.down, adapter: part.adapter) {
        bytes, source in
        buffer.withOutputBytes(0..<down.upperBound) { output in
          scaleAndConvert(
            from: bytes, as: source, times: multipliers.down, to: format,
            into: &output, at: offset)
        }
      }
      let upOverflows = try reader.withBytes(of: part.module.up, adapter: part.adapter) {
        bytes, source in
        buffer.withOutputBytes(up) { output in
          placeColumns(
            from: bytes, as: source, times: multipliers.up, to: format,
            into: &output, at: place)
        }
      }
      guard !downOverflows, !upOverflows else { throw overflow(module) }
      row += part.module.rank
    }
  }

  /// Two numbers whose product is the part's multiplier, one for each factor.
  ///
  /// Mostly one of them is 1 and its factor is copied. Where a multiplier would push half precision
  /// to the end of its range, a power of two moves between the factors so that their largest
  /// elements have about the same magnitude.
  private func multipliers(
    of part: FusedModule.Part, in module: FusedModule, scalesDown: Bool
  ) throws -> (down: Float, up: Float) {
    let multiplier = part.multiplier / module.scale
    let isMild = (0.25...16).contains(multiplier.magnitude)
    let staysHalf = part.module.down.dtype == .f16 && part.module.up.dtype == .f16
    guard format == .f16, !(isMild && staysHalf) else {
      return scalesDown ? (Float(multiplier), 1) : (1, Float(multiplier))
    }
    let down = try largestMagnitude(of: part.module.down, adapter: part.adapter)
    let up = try largestMagnitude(of: part.module.up, adapter: part.adapter)
    guard down > 0, up > 0 else { return (1, Float(multiplier)) }
    let ratio = up * multiplier.magnitude / down
    let shift = Double(sign: .plus, exponent: Int(ratio.exponent) / 2, significand: 1)
    let least = 0x1p-25
    guard down * shift > least, up * multiplier.magnitude / shift > least else {
      throw underflow(module)
    }
    return (Float(shift), Float(multiplier / shift))
  }

  private func largestMagnitude(of entry: TensorEntry, adapter: Int) throws -> Double {
    try reader.withBytes(of: entry, adapter: adapter) { bytes, format in
      Double(HalfPrecision.widen(bytes, as: format).reduce(0) { max($0, $1.magnitude) })
    }
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
      return try recompression(of: module, keeping: request)
    } catch is LinearAlgebraError {
      throw overflow(module)
    }
  }

  private func recompression(
    of module: FusedModule, keeping request: RankRequest
  ) throws -> Recompression {
    guard module.stackedRank < module.fullRank else {
      return try Recompression(dense: DoubleMatrix(dense(module)), keeping: request)
    }
    var down = Matrix(zeros: module.stackedRank, module.inner)
    var up = Matrix(zeros: module.out, module.stackedRank)
    var row = 0
    for part in module.parts {
      let multiplier = Float(part.multiplier)
      try reader.withBytes(of: part.module.down, adapter: part.adapter) { bytes, format in
        down.placeRows(from: bytes, as: format, at: row)
      }
      try reader.withBytes(of: part.module.up, adapter: part.adapter) { bytes, format in
        up.placeColumns(from: bytes, as: format, times: multiplier, at: row)
      }
      row += part.module.rank
    }
    return try Recompression(up: up, down: down, keeping: request)
  }

  /// The sum of the parts, `[out, in]`, one part after the other.
  private func dense(_ module: FusedModule) throws -> Matrix {
    var sum = Matrix(zeros: module.out, module.inner)
    for part in module.parts {
      let rank = part.module.rank
      let down = try reader.withBytes(of: part.module.down, adapter: part.adapter) {
        HalfPrecision.widen($0, as: $1)
      }
      let up = try reader.withBytes(of: part.module.up, adapter: part.adapter) {
        HalfPrecision.widen($0, as: $1)
      }
      BLAS.gemm(
        m: module.out, n: module.inner, k: rank, alpha: Float(part.multiplier),
        a: up, OperandLayout(stride: rank), b: down, OperandLayout(stride: module.inner), beta: 1,
        c: &sum.elements, OperandLayout(stride: module.inner))
    }
    return sum
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
    for (factor, range) in [(factors.down, down), (factors.up, up)] {
      guard factor.elements.allSatisfy(\.isFinite) else { throw overflow(module) }
      let largest = factor.largestMagnitude
      guard largest == 0 || format != .f16 || largest > 0x1p-25 else { throw underflow(module) }
      let overflows = buffer.withOutputBytes(range) { output in
        HalfPrecision.narrow(factor.elements.span, to: format, into: &output)
      }
      guard !overflows else { throw overflow(module) }
    }
  }
}
