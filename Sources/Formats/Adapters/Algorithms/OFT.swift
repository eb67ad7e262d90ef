/// Rotations of blocks of a weight's rows or columns.
///
/// Sources: Qiu et al., *OFT* (arXiv:2306.07280), equation 8; Liu et al., *BOFT* (arXiv:2311.06243),
/// section 4; sd-scripts, `networks/oft.py`; LyCORIS 4.1, `modules/diag_oft.py` and `boft.py`; PEFT
/// 0.21, `tuners/oft/layer.py`.
package struct OFT: StoredAlgorithm {
  package enum Kind: Sendable, Hashable {
    /// `[blocks, size, size]`: one rotation of each block of rows.
    case diagonal
    /// `[stages, blocks, size, size]`: rotations of rows between permutations.
    case butterfly
    /// `[blocks, size · (size - 1) / 2]`: coefficients above the diagonal; of the columns.
    ///
    /// The rotation is a series of so many terms, or, without terms, Cayley's in PEFT's direction.
    case columns(terms: Int?)
  }

  package let blocks: TensorEntry
  package let kind: Kind
  package let blockSize: Int
  /// A factor for each row afterwards; nil where the file has none.
  package let rescale: TensorEntry?
  /// The limit of the norm of the rotations' generator; nil where there is none.
  package let constraint: Double?
  /// Whether a limit applies by the rule of sd-scripts instead of that of LyCORIS.
  package let isKohya: Bool

  /// Reads a group of LyCORIS or sd-scripts; `alpha` is what its alpha holds.
  init(_ group: TensorGroup, alpha: Double?, isKohya: Bool) throws(ModuleFault) {
    blocks = try group.require(.rotations, "has a rescale, but no oft_blocks")
    try blocks.checkMatrix(dimensions: 3...4)
    let shape = blocks.shape
    kind = shape.count == 3 ? .diagonal : .butterfly
    blockSize = shape[shape.count - 1]
    rescale = group[.rescale]
    self.isKohya = isKohya
    let (out, overflow) = shape[shape.count - 3].multipliedReportingOverflow(by: blockSize)
    guard shape[shape.count - 2] == blockSize, !overflow, out <= Int32.max else {
      throw ModuleFault("its blocks have the shape \(shape), which is not that of rotations")
    }
    guard kind == .diagonal || Self.isButterfly(stages: shape[0], blocks: shape[1], blockSize)
    else {
      throw ModuleFault("its stages of shape \(shape) are no butterfly")
    }
    if let rescale, try rescale.checkVector() != out {
      throw ModuleFault("its rescale \(rescale.shape) does not fit \(out) rows")
    }
    constraint =
      isKohya ? (alpha ?? 0) * Double(out) : alpha.flatMap { $0 > 0 ? $0 * Double(out) : nil }
  }

  /// Whether every stage's permutation is one: rows split into groups of `2^stage · size` evenly.
  private static func isButterfly(stages: Int, blocks: Int, _ size: Int) -> Bool {
    guard size >= 2, size.isMultiple(of: 2), stages <= 32 else { return false }
    return (blocks * size).isMultiple(of: (1 << (stages - 1)) * size)
  }

  /// Reads `oft_R` of PEFT.
  init(peft blocks: TensorEntry, _ config: PEFTConfig) throws(ModuleFault) {
    self.blocks = blocks
    try blocks.checkMatrix(dimensions: 2...2)
    let count = blocks.shape[1]
    let size = Int((1 + Double(8 * count + 1).squareRoot()) / 2)
    guard size * (size - 1) / 2 == count,
      blocks.shape[0].multipliedReportingOverflow(by: size).overflow == false
    else {
      throw ModuleFault("'\(blocks.name)' has rows of \(count), which are no triangle")
    }
    blockSize = size
    kind = .columns(terms: config.usesNeumannSeries ? config.neumannTerms : nil)
    (rescale, constraint, isKohya) = (nil, nil, false)
  }

  package var name: String {
    switch kind {
    case .butterfly: "BOFT"
    case .diagonal, .columns: "OFT"
    }
  }
  package var tensors: [TensorEntry] { [blocks] + (rescale.map { [$0] } ?? []) }
  package var rank: Int? { nil }
  package var weightShape: [Int]? { nil }
  package var outFeatures: Int? {
    let shape = blocks.shape
    if case .columns = kind { return nil }
    return shape[shape.count - 3] * blockSize
  }

  /// The columns of the weight; nil for rotations of rows.
  package var columnCount: Int? {
    guard case .columns = kind else { return nil }
    return blocks.shape[0] * blockSize
  }
}
