/// The base model that an adapter is for, guessed from its modules, and what speaks for it.
package struct ModelFamily: Sendable, Hashable {
  /// Such as `SDXL`; nil if nothing tells.
  package let name: String?
  /// The sentence that says why.
  package let evidence: String

  /// Looks at names and extents first, at metadata only where those do not tell.
  ///
  /// The rules are those of diffusers and ComfyUI for checkpoints, turned to adapters: the width of
  /// the text that cross attention reads is 768 in SD 1.x, 1024 in SD 2.x, 2048 in SDXL and 1280
  /// in its refiner.
  package init(
    modules: [AdapterModule], names: FamilyNames? = nil, metadata: [String: String]
  ) {
    let found =
      Self.fromCrossAttention(modules) ?? names.map {
        ($0.name, "its modules have the names of it")
      }
      ?? Self.fromNames(modules)
      ?? Self.fromMetadata(metadata)
    self.name = found?.name
    evidence = found?.evidence ?? "neither names, extents nor metadata tell"
  }

  private typealias Found = (name: String, evidence: String)

  private static func fromCrossAttention(_ modules: [AdapterModule]) -> Found? {
    let module = modules.first {
      $0.target.component == .unet
        && ($0.target.path.hasSuffix("attn2.to_k") || $0.target.path.hasSuffix("attn2.to_v"))
    }
    guard let module, let width = module.inFeatures else { return nil }
    let family = ModelFamily(textWidth: width, of: module.target)
    return family.name.map { ($0, family.evidence) }
  }

  private static let widths = [768: "SD 1.x", 1024: "SD 2.x", 2048: "SDXL", 1280: "SDXL refiner"]

  /// The family of a UNet whose cross attention `target` reads text of `width`.
  init(textWidth width: Int, of target: ModuleTarget) {
    let isKnown = Self.widths[width] != nil
    name = Self.widths[width] ?? "UNet of diffusers"
    evidence =
      "\(target) reads text of width \(width)" + (isKnown ? "" : ", which is of no known model")
  }

  package init(name: String?, evidence: String) { (self.name, self.evidence) = (name, evidence) }

  /// Whether both families are known, by what cannot be mistaken, and differ.
  package func excludes(_ other: ModelFamily) -> Bool {
    guard let name, let other = other.name, name != other else { return false }
    let known = Self.widths.values + FamilyNames.all.map(\.name)
    return known.contains(name) && known.contains(other)
  }

  private static func fromNames(_ modules: [AdapterModule]) -> Found? {
    let paths = modules.map(\.target.path)
    if modules.contains(where: { $0.target.component == .textEncoder2 }),
      modules.contains(where: { $0.target.component == .unet })
    {
      return ("SDXL", "it has a UNet and a second text encoder")
    }
    if let path = paths.first(where: {
      $0.contains("self_attn.q_proj") && !$0.hasPrefix("text_model")
    }) {
      return ("language model", "it has '\(path)'")
    }
    if modules.contains(where: { $0.target.component == .unet }) {
      let deep = paths.first { $0.hasPrefix("down_blocks.3.") || $0.hasPrefix("up_blocks.3.") }
      if let deep { return ("SD 1.x or 2.x", "it has '\(deep)'") }
    }
    return nil
  }

  private static func fromMetadata(_ metadata: [String: String]) -> Found? {
    let fields = ["ss_base_model_version", "modelspec.architecture", "base_model"]
    let field = fields.first { metadata[$0].map { !$0.isEmpty } ?? false }
    return field.flatMap { field in metadata[field].map { ($0, "metadata \(field)") } }
  }
}
