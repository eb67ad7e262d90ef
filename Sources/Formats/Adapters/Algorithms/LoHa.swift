/// The elementwise product of two low-rank matrices.
///
/// Each is `a · b` with `a` `[out, rank]` and `b` `[rank, in…]` flattened, or, with a core
/// `[rank, rank, height, width]`, in Tucker form with `a` `[rank, out]` and `b` `[rank, in]`.
///
/// Source: FedPara (arXiv:2108.06098), proposition 2; LyCORIS 4.1, `modules/loha.py`.
package struct LoHa: StoredAlgorithm {
  /// One of the two matrices.
  package struct Pair: Sendable {
    package let up: TensorEntry
    package let down: TensorEntry
    package let core: TensorEntry?

    package var rank: Int { core?.shape[0] ?? up.shape[1] }
    package var outFeatures: Int { core == nil ? up.shape[0] : up.shape[1] }
    /// The extents of the weight after the first; flattened to one without a core.
    var inShape: [Int] {
      guard let core else { return [down.columnCount] }
      return [down.shape[1]] + core.shape.dropFirst(2)
    }
    var tensors: [TensorEntry] { [up, down] + (core.map { [$0] } ?? []) }

    init(_ up: TensorEntry, _ down: TensorEntry, core: TensorEntry?) throws(ModuleFault) {
      (self.up, self.down, self.core) = (up, down, core)
      for entry in [up, down] { try entry.checkMatrix(dimensions: 2...5) }
      guard let core else {
        guard up.columnCount == down.shape[0] else {
          throw ModuleFault("its factors \(up.shape) and \(down.shape) do not fit together")
        }
        return
      }
      try core.checkMatrix(dimensions: 3...5)
      guard up.shape.count == 2, down.shape.count == 2, core.shape[0] == up.shape[0],
        core.shape[1] == down.shape[0]
      else {
        throw ModuleFault(
          "its core \(core.shape) does not fit between the factors \(up.shape) and \(down.shape)")
      }
    }
  }

  package let name = "LoHa"
  package let first: Pair
  package let second: Pair

  init(_ group: TensorGroup) throws(ModuleFault) {
    func part(_ role: TensorRole, _ suffix: String) throws(ModuleFault) -> TensorEntry {
      guard let entry = group[role] else { throw .incomplete("LoHa without its \(suffix)") }
      return entry
    }
    first = try Pair(
      part(.hadamard1Up, "hada_w1_a"), part(.hadamard1Down, "hada_w1_b"),
      core: group[.hadamard1Core])
    second = try Pair(
      part(.hadamard2Up, "hada_w2_a"), part(.hadamard2Down, "hada_w2_b"),
      core: group[.hadamard2Core])
    guard first.outFeatures == second.outFeatures,
      first.inShape.reduce(1, *) == second.inShape.reduce(1, *)
    else {
      throw ModuleFault(
        "the two matrices of its LoHa are \([first.outFeatures] + first.inShape) and "
          + "\([second.outFeatures] + second.inShape), so they have no elementwise product")
    }
  }

  package var tensors: [TensorEntry] { first.tensors + second.tensors }
  /// The rows of the first `b`, which alpha is divided by.
  package var rank: Int? { first.down.shape[0] }
  package var weightShape: [Int]? { [first.outFeatures] + first.inShape }
}
