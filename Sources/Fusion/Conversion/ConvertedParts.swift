internal import Formats
internal import LinearAlgebra

/// The LoRAs that make up one module of another layout: rows of a fused one, or several together.
struct ConvertedParts {
  /// The share of one module.
  struct Part {
    let module: AdapterModule
    let down: TensorEntry
    let up: TensorEntry
    let moves: [RowMove]
    /// The ranks that do something in the rows that are moved; all, where the module does nothing.
    let columns: [Int]

    fileprivate var firstRow: Int { moves.map(\.destination).min() ?? 0 }
  }

  let first: Part
  private let parts: [Part]
  /// Whether the parts came from one module: they have the same lower factor and scale.
  private let sharesDown: Bool

  /// Nil where no part does anything in the rows of `unit`.
  ///
  /// - Precondition: every module of `unit` has stored factors.
  /// - Throws: `FormatError` for a tensor that cannot be read.
  init?(_ unit: ModuleUnion.Unit, of file: AdapterFile) throws {
    // In the order of their rows, in which trainers that fuse such parts put them.
    parts = try unit.entries.map { try Part($0, file: file) }.filter { !$0.columns.isEmpty }
      .sorted { $0.firstRow < $1.firstRow }
    guard let first = parts.first else { return nil }
    self.first = first
    sharesDown =
      try parts.count > 1
      && parts.dropFirst().allSatisfy { part in try part.sharesDown(with: first, in: file) }
  }

  /// The rank of the whole: the sum of the parts' unless they share their lower factor.
  var rank: Int {
    sharesDown ? first.columns.count : parts.reduce(0) { $0 + $1.columns.count }
  }

  var tensors: [TensorEntry] { parts.flatMap { [$0.down, $0.up] } }

  /// The scale of largest magnitude, which leaves multipliers of at most 1 for the factors.
  var scale: Double {
    parts.map(\.module.scale.value).max { $0.magnitude < $1.magnitude } ?? 1
  }

  /// The alpha that gives the whole `scale`; nil where no part has one.
  func alpha(scale: Double) -> Double? {
    if parts.allSatisfy({ $0.module.scale.source == .absent }), scale == 1 { return nil }
    if let stored = first.module.scale.alpha, stored / Double(rank) == scale { return stored }
    return scale * Double(rank)
  }

  /// Where the stored elements go in the factors of the whole; with `folding`, scales too.
  ///
  /// - Throws: `FormatError` for a scale that half precision cannot hold.
  func blocks(
    _ folding: ScaleFolding?
  ) throws -> (down: [ConvertedTensor.Block], up: [ConvertedTensor.Block]) {
    var (down, up): ([ConvertedTensor.Block], [ConvertedTensor.Block]) = ([], [])
    var column = 0
    for (index, part) in parts.enumerated() {
      let folded = try folding?.multipliers(of: sharesDown ? first.module : part.module)
      let downMultiplier = folded?[(sharesDown ? first : part).down.name] ?? 1
      // Of scales that are all 0 there is no quotient.
      let share = scale == 0 ? 1 : part.module.scale.value / scale
      let upMultiplier =
        folding == nil ? Float(share) : Float(part.module.scale.value) / downMultiplier
      if !sharesDown || index == 0 {
        for (row, source) in part.columns.enumerated() {
          down.append(
            .init(
              entry: part.down, rows: source..<source + 1, columns: nil, firstRow: column + row,
              firstColumn: 0, multiplier: downMultiplier))
        }
      }
      for move in part.moves {
        up.append(
          .init(
            entry: part.up, rows: move.source, columns: part.columns, firstRow: move.destination,
            firstColumn: column, multiplier: upMultiplier))
      }
      if !sharesDown { column += part.columns.count }
    }
    return (down, up)
  }
}

extension ConvertedParts.Part {
  fileprivate init(_ entry: ModuleUnion.Entry, file: AdapterFile) throws {
    guard let factors = entry.module.storedFactors else {
      preconditionFailure("only modules with factors are divided")
    }
    (module, moves) = (entry.module, entry.moves)
    (down, up) = factors
    let rank = up.shape[1]
    let format = try FloatFormat(up.dtype, in: file.path)
    let values = try file.tensors.withBytes(of: up) { HalfPrecision.widen($0, as: format) }
    let moves = entry.moves
    func isUsed(_ column: Int) -> Bool {
      moves.contains { $0.source.contains { values[$0 * rank + column] != 0 } }
    }
    let isPart = entry.module.stack.pieces.count > 1 && values.contains { $0 != 0 }
    columns = isPart ? (0..<rank).filter(isUsed) : Array(0..<rank)
  }

  /// Whether the lower factor, byte for byte, and the scale are those of `other`.
  fileprivate func sharesDown(
    with other: ConvertedParts.Part, in file: AdapterFile
  ) throws -> Bool {
    guard down.dtype == other.down.dtype, down.shape == other.down.shape,
      columns == other.columns, module.scale.value == other.module.scale.value
    else { return false }
    let bytes = try file.tensors.withBytes(of: other.down) { $0.copied() }
    return try file.tensors.withBytes(of: down) { $0.copied() == bytes }
  }
}
