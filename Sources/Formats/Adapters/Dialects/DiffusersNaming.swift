/// The names of diffusers: a component, the dotted path of the module, `lora_A` and `lora_B`.
///
/// Reads the spellings of all its generations, with and without the component, and those of the
/// attention processors of 2022. Source: diffusers 0.42, `utils/state_dict_utils.py`.
struct DiffusersNaming: AdapterNaming {
  let downSuffix = ".lora_A.weight"
  let upSuffix = ".lora_B.weight"
  /// Without an alpha, readers take the scale to be one: it is folded into the factors.
  let alphaSuffix: String? = nil

  private static let components = ModelComponent.allCases.filter { $0 != .model }

  func target(ofStem stem: String) -> ModuleTarget? {
    for component in Self.components {
      let prefix = component.rawValue + "."
      guard stem.hasPrefix(prefix) else { continue }
      var path = Self.modernPath(String(stem.dropFirst(prefix.count)), of: component)
      if component == .textEncoder || component == .textEncoder2, path.hasPrefix("encoder.layers.")
      {
        path = "text_model." + path
      }
      return ModuleTarget(component: component, path: path)
    }
    let component = ModelComponent(ofBarePath: stem)
    guard component != .model else { return nil }
    return ModuleTarget(component: component, path: Self.modernPath(stem, of: component))
  }

  /// `path` with the names of former generations replaced: `attn1.processor.to_q_lora` is `attn1.to_q`.
  private static func modernPath(_ path: String, of component: ModelComponent) -> String {
    // Some trainers save a PEFT model as the component.
    let path =
      path.hasPrefix(PEFTNaming.prefix) ? path.dropFirst(PEFTNaming.prefix.count) : path[...]
    var parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    parts.removeAll { $0 == "processor" }
    guard let last = parts.last, last.hasSuffix("_lora") else {
      return parts.joined(separator: ".")
    }
    let name = String(last.dropLast("_lora".count))
    if component.isTextEncoder {
      parts[parts.count - 1] = name.hasPrefix("to_") ? name.dropFirst(3) + "_proj" : name
    } else {
      parts[parts.count - 1] = name == "to_out" ? "to_out.0" : name
    }
    return parts.joined(separator: ".")
  }

  func stem(of target: ModuleTarget, style: NamingStyle) -> String? {
    guard target.component != .model, !target.isFlat else { return nil }
    return "\(target.component.rawValue).\(target.path)"
  }
}
