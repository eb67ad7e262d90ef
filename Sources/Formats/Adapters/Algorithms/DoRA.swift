/// The change of another algorithm in the direction of the weight, and magnitudes of their own.
///
/// Source: Liu et al., *DoRA* (arXiv:2402.09353), equation 5. The magnitudes lie along the outputs
/// (the norm is over each row of the weight), or, in older files of LyCORIS, along the inputs.
package struct DoRA: StoredAlgorithm {
  /// What has a magnitude of its own.
  package enum Axis: Sendable { case output, input }

  private let inner: InnerAlgorithm
  package let magnitudes: TensorEntry
  package let axis: Axis

  /// Only algorithms without a base, so that a DoRA is never in a DoRA.
  private enum InnerAlgorithm: Sendable {
    case lora(LoRA)
    case loha(LoHa)
    case lokr(LoKr)
  }

  /// The algorithm of the direction's change.
  package var direction: ModuleAlgorithm {
    switch inner {
    case .lora(let stored): .lora(stored)
    case .loha(let stored): .loha(stored)
    case .lokr(let stored): .lokr(stored)
    }
  }

  init(of algorithm: ModuleAlgorithm, _ group: TensorGroup) throws(ModuleFault) {
    switch algorithm {
    case .lora(let stored): inner = .lora(stored)
    case .loha(let stored): inner = .loha(stored)
    case .lokr(let stored): inner = .lokr(stored)
    default:
      throw ModuleFault(
        "has magnitudes of DoRA beside \(algorithm.stored.name)", code: .mixedAlgorithms)
    }
    guard let entry = group[.magnitude] ?? group[.doraScale],
      let shape = algorithm.stored.weightShape
    else { throw ModuleFault("has no magnitudes", code: .missingFactor) }
    magnitudes = entry
    let count = try entry.checkVector()
    // Files of LyCORIS say the axis by the shape; those of PEFT and ai-toolkit have one.
    let isOutput = count == shape[0] && (group[.magnitude] != nil || entry.shape.first == shape[0])
    let isInput = entry.shape.count >= 2 && entry.shape[0] == 1 && entry.shape[1] == count
    if isOutput {
      axis = .output
    } else if group[.magnitude] == nil, isInput,
      shape.count > 2 ? count == shape[1] : shape[1].isMultiple(of: count)
    {
      axis = .input
    } else {
      throw ModuleFault(
        "its magnitudes \(entry.shape) fit neither side of a weight of shape \(shape)")
    }
  }

  package var name: String { "DoRA" }
  package var tensors: [TensorEntry] { direction.stored.tensors + [magnitudes] }
  package var rank: Int? { direction.stored.rank }
  package var weightShape: [Int]? { direction.stored.weightShape }
}
