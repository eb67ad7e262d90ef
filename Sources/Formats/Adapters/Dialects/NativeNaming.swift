/// The names of original checkpoints: `diffusion_model.`, or nothing, and the module's dotted path.
///
/// ComfyUI, ai-toolkit, musubi, XLabs and others write them. Which family's names they are shows
/// only in all names together. Source: ComfyUI, `comfy/lora.py`.
struct NativeNaming: AdapterNaming {
  let downSuffix = ".lora_A.weight"
  let upSuffix = ".lora_B.weight"
  let alphaSuffix: String? = ".alpha"

  private static let prefixes = ["model.diffusion_model.", "diffusion_model."]
  private static let encoders: [(prefix: String, component: ModelComponent)] = [
    ("text_encoders.clip_l.transformer.", .textEncoder),
    ("text_encoders.clip_g.transformer.", .textEncoder2),
    ("text_encoders.t5xxl.transformer.", .textEncoder3),
  ]

  func target(ofStem stem: String) -> ModuleTarget? {
    for (prefix, component) in Self.encoders where stem.hasPrefix(prefix) {
      return ModuleTarget(component: component, path: String(stem.dropFirst(prefix.count)))
    }
    let prefix = Self.prefixes.first(where: stem.hasPrefix) ?? ""
    let path = String(stem.dropFirst(prefix.count))
    if let path = OriginalUNetName.diffusersPath(of: path) {
      return ModuleTarget(component: .unet, path: path)
    }
    guard !path.isEmpty, path.contains(".") || !prefix.isEmpty else { return nil }
    return ModuleTarget(component: .transformer, path: path, isFlat: prefix.isEmpty)
  }

  /// None: these names are only read.
  func stem(of target: ModuleTarget, style: NamingStyle) -> String? { nil }
}
