/// The names of PEFT: `base_model.model.`, the dotted path of the module, `lora_A` and `lora_B`.
///
/// Source: PEFT 0.21, `utils/save_and_load.py`.
package struct PEFTNaming: AdapterNaming {
  package let downSuffix = ".lora_A.weight"
  package let upSuffix = ".lora_B.weight"
  package let alphaSuffix: String? = nil

  static let prefix = "base_model.model."
  /// Wrappers of training runs that leave their names in the path.
  private static let wrappers: Set<Substring> = [
    "_orig_mod", "module", "_fsdp_wrapped_module", "base_layer",
  ]

  package func target(ofStem stem: String) -> ModuleTarget? {
    guard stem.hasPrefix(Self.prefix) else { return nil }
    let path = stem.dropFirst(Self.prefix.count).split(separator: ".")
      .filter { !Self.wrappers.contains($0) }.joined(separator: ".")
    return ModuleTarget(component: ModelComponent(ofBarePath: path), path: path)
  }

  package func stem(of target: ModuleTarget, style: NamingStyle) -> String? {
    target.isFlat ? nil : Self.prefix + target.path
  }
}
