/// The names of kohya-ss/sd-scripts: `lora_unet_…`, dots as underscores, `lora_down`, `lora_up`, `alpha`.
///
/// LyCORIS has the same with another prefix. Source: sd-scripts, `networks/lora.py`.
struct KohyaNaming: AdapterNaming {
  let downSuffix = ".lora_down.weight"
  let upSuffix = ".lora_up.weight"
  let alphaSuffix: String? = ".alpha"

  private static let prefixes: [(prefix: String, component: ModelComponent)] = [
    ("lora_unet_", .unet), ("lora_te1_", .textEncoder), ("lora_te2_", .textEncoder2),
    ("lora_te3_", .textEncoder3), ("lora_te_", .textEncoder), ("lora_transformer_", .transformer),
    ("oft_unet_", .unet), ("lycoris_", .model),
  ]

  func target(ofStem stem: String) -> ModuleTarget? {
    guard let (prefix, component) = Self.prefixes.first(where: { stem.hasPrefix($0.prefix) }),
      !stem.utf8.contains(UInt8(ascii: "."))
    else { return nil }
    // Early SimpleTuner left an underscore behind names, and Wan-Fun one before them.
    let flat = stem.dropFirst(prefix.count).trimmingUnderscores
    guard let path = FlatName.path(of: flat) else {
      return ModuleTarget(component: component, path: flat, isFlat: true)
    }
    let original = component == .unet ? OriginalUNetName.diffusersPath(of: path) : nil
    let canonical = original ?? path
    switch component {
    // LyCORIS wraps any model, and leaves out which part of it.
    case .model:
      return ModuleTarget(component: ModelComponent(ofBarePath: canonical), path: canonical)
    // Every transformer goes by the UNet's prefix; its family is found by the names of all modules.
    case .unet where ModelComponent(ofBarePath: canonical) != .unet:
      return ModuleTarget(component: component, path: flat, isFlat: true)
    default: return ModuleTarget(component: component, path: canonical)
    }
  }

  func stem(of target: ModuleTarget, style: NamingStyle) -> String? {
    var path = target.path
    if target.component == .unet, style.usesOriginalUNetNames, !target.isFlat {
      guard let original = OriginalUNetName.path(ofDiffusers: path) else { return nil }
      path = original
    }
    if let family = style.family, family.component == target.component, !target.isFlat {
      path = family.kohyaPath(of: target)
    }
    guard let prefix = prefix(of: target, style) else { return nil }
    let flat = path.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }
    return prefix + String(decoding: flat, as: UTF8.self)
  }

  private func prefix(of target: ModuleTarget, _ style: NamingStyle) -> String? {
    switch target.component {
    case .unet: "lora_unet_"
    case .transformer: style.family == nil ? "lora_transformer_" : "lora_unet_"
    // Files of Wan 2.2 are for one of its transformers, and do not say which.
    case .transformer2: nil
    case .textEncoder: style.numbersFirstTextEncoder ? "lora_te1_" : "lora_te_"
    // sd-scripts counts T5 as the third, also where it is the second.
    case .textEncoder2:
      style.family?.t5 == .textEncoder2 && target.path.hasPrefix("encoder.block.")
        ? "lora_te3_" : "lora_te2_"
    case .textEncoder3: "lora_te3_"
    case .model: "lycoris_"
    }
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
