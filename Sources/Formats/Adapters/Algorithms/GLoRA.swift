/// `W · a1 · a2 + b1 · b2`: one change in proportion to the weight, one beside it.
///
/// - `a1`: `[in, rank]`, `a2`: `[rank, in]`, `b1`: `[out, rank]`, `b2`: `[rank, in…]`; all with
///   trailing ones for convolutions but `b2`, or `core` between `b1` and `b2`.
///
/// Files before LyCORIS 2 hold each pair the other way round; they are turned when read.
///
/// Source: Chavan et al., *GLoRA* (arXiv:2306.07967), equation 5; LyCORIS 4.1, `modules/glora.py`.
package struct GLoRA: StoredAlgorithm {
  package let name = "GLoRA"
  package let weightFactors: (first: TensorEntry, second: TensorEntry)
  package let ownFactors: (up: TensorEntry, down: TensorEntry)
  package let core: TensorEntry?

  init(_ group: TensorGroup) throws(ModuleFault) {
    func part(_ factor: TensorRole.GLoRAFactor) throws(ModuleFault) -> TensorEntry {
      guard let entry = group[.glora(factor)] else {
        throw .incomplete("GLoRA without its \(factor)")
      }
      try entry.checkMatrix(dimensions: 2...5)
      return entry
    }
    let (a1, a2, b1, b2) = (try part(.a1), try part(.a2), try part(.b1), try part(.b2))
    core = group[.glora(.mid)]
    try core?.checkMatrix(dimensions: 3...5)
    if Self.fits(a1, a2, b1, b2, core) {
      (weightFactors, ownFactors) = ((a1, a2), (b1, b2))
    } else if Self.fits(a2, a1, b2, b1, core) {
      (weightFactors, ownFactors) = ((a2, a1), (b2, b1))
    } else {
      throw ModuleFault(
        "its GLoRA factors \(a1.shape), \(a2.shape), \(b1.shape), \(b2.shape) do not fit together")
    }
  }

  /// Whether the four are `[in, r]`, `[r, in]`, `[out, r]` and `[r, in…]`.
  private static func fits(
    _ a1: TensorEntry, _ a2: TensorEntry, _ b1: TensorEntry, _ b2: TensorEntry,
    _ core: TensorEntry?
  ) -> Bool {
    guard a1.columnCount == a2.shape[0], a2.columnCount == a1.shape[0], b2.shape[1] == a1.shape[0]
    else { return false }
    guard let core else { return b1.columnCount == b2.shape[0] }
    return core.shape[0] == b1.columnCount && core.shape[1] == b2.shape[0]
      && b2.columnCount == b2.shape[1]
  }

  package var tensors: [TensorEntry] {
    [weightFactors.first, weightFactors.second, ownFactors.up, ownFactors.down]
      + (core.map { [$0] } ?? [])
  }
  package var rank: Int? { weightFactors.second.shape[0] }
  package var weightShape: [Int]? {
    let kernel = core?.shape.dropFirst(2) ?? ownFactors.down.shape.dropFirst(2)
    return [ownFactors.up.shape[0], ownFactors.down.shape[1]] + kernel
  }
}
