/// A factor for each output or each input of a weight.
///
/// Source: Liu et al., *(IA)³* (arXiv:2205.05638), section 3.3; LyCORIS 4.1, `modules/ia3.py`; PEFT
/// 0.21, `tuners/ia3/layer.py`.
package struct IA3: StoredAlgorithm {
  package let name = "(IA)³"
  package let factors: TensorEntry
  package let axis: DoRA.Axis
  /// Whether the factor is the stored number itself (PEFT), or one more (LyCORIS).
  package let isAbsolute: Bool
  private let count: Int

  /// Reads a group of LyCORIS; `isOnInput` is the value of its `on_input`.
  init(_ group: TensorGroup, isOnInput: Bool) throws(ModuleFault) {
    factors = try group.require(.weight, "has on_input, but no weight beside it")
    count = try factors.checkVector()
    axis = isOnInput ? .input : .output
    isAbsolute = false
  }

  /// Reads `ia3_l` of PEFT: `[out, 1]`, or `[1, in]` for what it calls feedforward modules.
  init(peft factors: TensorEntry) throws(ModuleFault) {
    self.factors = factors
    count = try factors.checkVector()
    guard factors.shape.count >= 2 else {
      throw ModuleFault("'\(factors.name)' has the shape \(factors.shape), not two extents")
    }
    axis = factors.shape[0] == 1 && count > 1 ? .input : .output
    isAbsolute = true
  }

  package var tensors: [TensorEntry] { [factors] }
  package var rank: Int? { nil }
  package var weightShape: [Int]? { nil }
  package var outFeatures: Int? { axis == .output ? count : nil }
}
