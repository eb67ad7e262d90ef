/// `up · down`, or with a core between them, the change in Tucker form.
///
/// - `down`: `[rank, in]`, or `[rank, in, height, width]` for a convolution (`A`, `lora_down`);
///   `[rank, in, 1, 1]` with a core.
/// - `up`: `[out, rank]`, possibly with trailing ones (`B`, `lora_up`).
/// - `mid`: `[upRank, downRank, height, width]` (`lora_mid`), the core.
///
/// Sources: Hu et al., *LoRA* (2021), arXiv:2106.09685, section 4.1; LyCORIS (arXiv:2309.14859),
/// section 3.3, for the core.
package struct LoRA: StoredAlgorithm {
  package let name = "LoRA"
  package let down: TensorEntry
  package let up: TensorEntry
  package let mid: TensorEntry?

  init(_ group: TensorGroup) throws(ModuleFault) {
    let isEmbedding = group[.embeddingDown] != nil || group[.embeddingUp] != nil
    let down = group[isEmbedding ? .embeddingDown : .down]
    let up = group[isEmbedding ? .embeddingUp : .up]
    guard let down, let up else {
      switch (down, up) {
      case (nil, nil): throw .incomplete("has an alpha, but no factors")
      case (nil, _): throw .incomplete("has an up factor (lora_up, lora_B) without its down")
      default: throw .incomplete("has a down factor (lora_down, lora_A) without its up")
      }
    }
    (self.down, self.up, mid) = (down, up, group[.mid])
    try check()
  }

  private func check() throws(ModuleFault) {
    for entry in [down, up] { try entry.checkValues() }
    guard (2...5).contains(down.shape.count), up.shape.count >= 2,
      up.shape.dropFirst(2).allSatisfy({ $0 == 1 })
    else {
      throw ModuleFault(
        "its factors have the shapes \(down.shape) and \(up.shape), not two matrices")
    }
    guard down.elementCount > 0, up.elementCount > 0 else {
      throw ModuleFault("has rank 0", code: .rankZero)
    }
    guard max(up.shape[0], down.columnCount) <= Int(Int32.max) else {
      throw ModuleFault(
        "its factors \(down.shape) and \(up.shape) are too large to multiply",
        code: .tooLarge)
    }
    guard let mid else {
      guard up.shape[1] == down.shape[0] else {
        throw ModuleFault(
          "its down factor \(down.shape) has rank \(down.shape[0]), its up factor \(up.shape) "
            + "has rank \(up.shape[1])", code: .rankMismatch)
      }
      return
    }
    try mid.checkMatrix(dimensions: 3...5)
    guard mid.shape[0] == up.shape[1], mid.shape[1] == down.shape[0],
      down.shape.dropFirst(2).allSatisfy({ $0 == 1 })
    else {
      throw ModuleFault(
        "its core \(mid.shape) does not fit between the factors \(up.shape) and \(down.shape)")
    }
  }

  package var tensors: [TensorEntry] { [down, up] + (mid.map { [$0] } ?? []) }
  package var rank: Int? { down.shape[0] }
  package var weightShape: [Int]? {
    guard let mid else { return [up.shape[0]] + down.shape.dropFirst() }
    return [up.shape[0], down.shape[1]] + mid.shape.dropFirst(2)
  }
}
