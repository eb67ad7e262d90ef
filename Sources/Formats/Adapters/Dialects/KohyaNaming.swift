/// The names of kohya-ss/sd-scripts: `lora_unet_…`, dots as underscores, `lora_down`, `lora_up`, `alpha`.
///
/// Source: sd-scripts, `networks/lora.py`.
struct KohyaNaming: AdapterNaming {
  let downSuffix = ".lora_down.weight"
  let upSuffix = ".lora_up.weight"
  let alphaSuffix: String? = ".alpha"

  private static let prefixes: [(prefix: String, component: ModelComponent)] = [
    ("lora_unet_", .unet), ("lora_te1_", .textEncoder), ("lora_te2_", .textEncoder2),
    ("lora_te3_", .textEncoder3), ("lora_te_", .textEncoder), ("lora_transformer_", .transformer),
  ]

  func target(ofStem stem: String) -> ModuleTarget? {
    guard let (prefix, component) = Self.prefixes.first(where: { stem.hasPrefix($0.prefix) }),
      !stem.contains(".")
    else { return nil }
    // Early SimpleTuner left an underscore behind names, and Wan-Fun one before them.
    let flat = stem.dropFirst(prefix.count).trimmingUnderscores
    guard let path = FlatName.path(of: flat) else {
      return ModuleTarget(component: component, path: flat, isFlat: true)
    }
    let original = component == .unet ? OriginalUNetName.diffusersPath(of: path) : nil
    return ModuleTarget(component: component, path: original ?? path)
  }

  func stem(of target: ModuleTarget, style: NamingStyle) -> String? {
    var path = target.path
    if target.component == .unet, style.usesOriginalUNetNames, !target.isFlat {
      guard let original = OriginalUNetName.path(ofDiffusers: path) else { return nil }
      path = original
    }
    let prefix: String
    switch target.component {
    case .unet: prefix = "lora_unet_"
    case .transformer: prefix = "lora_transformer_"
    case .textEncoder: prefix = style.numbersFirstTextEncoder ? "lora_te1_" : "lora_te_"
    case .textEncoder2: prefix = "lora_te2_"
    case .textEncoder3: prefix = "lora_te3_"
    case .model: return nil
    }
    return prefix + String(path.map { $0 == "." ? "_" : $0 })
  }
}

extension Substring {
  /// The text without an underscore at its start and at its end.
  fileprivate var trimmingUnderscores: String {
    var text = self
    if text.hasPrefix("_") { text = text.dropFirst() }
    if text.hasSuffix("_") { text = text.dropLast() }
    return String(text)
  }
}
