/// `up · diagonal(values) · down`, with as many values as the training left.
///
/// - `down`: `[rank, in]`; `up`: `[out, rank]`; `values`: `[rank, 1]` (`lora_E`).
///
/// Source: Zhang et al., *AdaLoRA* (arXiv:2303.10512), equation 3; PEFT 0.21, `adalora/layer.py`.
package struct AdaLoRA: StoredAlgorithm {
  package let name = "AdaLoRA"
  package let factors: LoRA
  package let values: TensorEntry

  init(_ group: TensorGroup) throws(ModuleFault) {
    factors = try LoRA(group)
    values = try group.require(.singularValues, "AdaLoRA without its lora_E")
    guard factors.mid == nil, try values.checkVector() == factors.rank else {
      throw ModuleFault(
        "its lora_E \(values.shape) does not fit the factors \(factors.up.shape) and "
          + "\(factors.down.shape)")
    }
  }

  package var tensors: [TensorEntry] { factors.tensors + [values] }
  package var rank: Int? { factors.rank }
  package var weightShape: [Int]? { factors.weightShape }
}
