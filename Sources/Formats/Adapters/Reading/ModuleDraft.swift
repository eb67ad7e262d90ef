/// A module as its tensors describe it, before the family of the model is known.
struct ModuleDraft {
  let stem: String
  let dialect: AdapterDialect
  /// The name as its dialect reads it.
  let target: ModuleTarget
  let algorithm: ModuleAlgorithm
  let scale: AdapterScale
  var layout = AdapterModule.Layout.asDescribed
  var isOptional = false
  var isBias = false

  /// The module, with the name that `family` gives it.
  func module(in family: FamilyNames?) -> AdapterModule {
    let stack = target.stack(in: family, shape: algorithm.stored.weightShape)
    return AdapterModule(self, stack: isBias ? stack.bias : stack)
  }
}

extension ModuleTarget {
  /// Whether only the family of the model tells what the name stands for.
  var awaitsFamily: Bool {
    switch component {
    case .unet: isFlat
    case .transformer, .transformer2, .model: true
    case .textEncoder, .textEncoder2, .textEncoder3: false
    }
  }

  /// What the name stands for in `family`; `shape` is the weight's, where it is known.
  func stack(in family: FamilyNames?, shape: [Int]? = nil) -> ModuleStack {
    family.flatMap { $0.stack(of: self, shape: shape) } ?? ModuleStack(self)
  }
}

extension FamilyNames {
  /// What `target` stands for in this family; nil if it is none of its modules.
  fileprivate func stack(of target: ModuleTarget, shape: [Int]?) -> ModuleStack? {
    if target.awaitsFamily {
      let stack = stack(of: target.path, shape: shape)
      return target.component == .transformer2 ? stack?.moved(to: .transformer2) : stack
    }
    let isT5 = target.component.isTextEncoder && target.path.hasPrefix("encoder.block.")
    guard isT5, let t5, target.component != .textEncoder else { return nil }
    return ModuleStack(ModuleTarget(component: t5, path: target.path))
  }
}
