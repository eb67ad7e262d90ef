/// Gains of two random matrices that all modules of an adapter share.
///
/// `diagonal(outputGains) · B[:out] · diagonal(rankGains) · A[:, :in]`, with `A` `[rank, widest in]`
/// and `B` `[widest out, rank]`. How much of `A` a module uses, only its weight tells.
///
/// Source: Kopiczko et al., *VeRA* (arXiv:2310.11454), equation 2; PEFT 0.21, `tuners/vera/layer.py`.
package struct VeRA: StoredAlgorithm {
  package let name = "VeRA"
  package let outputGains: TensorEntry
  package let rankGains: TensorEntry
  package let sharedDown: TensorEntry
  package let sharedUp: TensorEntry

  init(_ group: TensorGroup) throws(ModuleFault) {
    outputGains = try group.require(.outputGains, "VeRA without its vera_lambda_b")
    rankGains = try group.require(.rankGains, "VeRA without its vera_lambda_d")
    guard let down = group.shared[.sharedDown], let up = group.shared[.sharedUp] else {
      throw ModuleFault(
        "its random matrices vera_A and vera_B are not in the file", kind: .unsupported,
        remedy: "save the adapter again with save_projection=True", code: .missingFactor)
    }
    (sharedDown, sharedUp) = (down, up)
    for entry in [down, up] { try entry.checkMatrix(dimensions: 2...2) }
    let (out, rank) = (try outputGains.checkVector(), try rankGains.checkVector())
    guard down.shape[0] == rank, up.shape[1] == rank, up.shape[0] >= out else {
      throw ModuleFault(
        "its \(out) and \(rank) gains do not fit the shared \(up.shape) and \(down.shape)")
    }
  }

  package var tensors: [TensorEntry] { [outputGains, rankGains, sharedDown, sharedUp] }
  package var rank: Int? { rankGains.elementCount }
  package var weightShape: [Int]? { nil }
  package var outFeatures: Int? { outputGains.elementCount }
}
