/// The names of PEFT: `base_model.model.`, the dotted path of the module, `lora_A` and `lora_B`.
///
/// Source: PEFT 0.21, `utils/save_and_load.py`.
struct PEFTNaming: AdapterNaming {
  let downSuffix = ".lora_A.weight"
  let upSuffix = ".lora_B.weight"
  let alphaSuffix: String? = nil

  static let prefix = "base_model.model."
  /// Wrappers of training runs that leave their names in the path.
  private static let wrappers: Set<Substring> = [
    "_orig_mod", "module", "_fsdp_wrapped_module", "base_layer",
  ]

  func target(ofStem stem: String) -> ModuleTarget? {
    var stem = stem[...]
    while let dot = stem.firstIndex(of: "."), Self.wrappers.contains(stem[..<dot]) {
      stem = stem[stem.index(after: dot)...]
    }
    guard stem.hasPrefix(Self.prefix) else { return nil }
    let path = stem.dropFirst(Self.prefix.count).split(separator: ".")
      .filter { !Self.wrappers.contains($0) }.joined(separator: ".")
    return ModuleTarget(component: ModelComponent(ofBarePath: path), path: path)
  }

  func stem(of target: ModuleTarget, style: NamingStyle) -> String? {
    // The names do not say which text encoder of several they are for.
    let isOneOfSeveral = target.component == .textEncoder2 || target.component == .textEncoder3
    return target.isFlat || isOneOfSeveral ? nil : Self.prefix + target.path
  }
}
