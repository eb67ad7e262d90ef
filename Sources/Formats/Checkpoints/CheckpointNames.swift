/// Tells which weights of the canonical model the tensors of a base model's file hold.
///
/// The transformer's or UNet's names are looked at together, to know the family that they are of.
package struct CheckpointNames {
  /// What `name` holds: the stack of weights, and whether it is stored the other way round.
  package typealias Place = (stack: ModuleStack, isTransposed: Bool)

  /// The family of the transformer's names; nil for UNets, and where names do not tell.
  package let family: FamilyNames?
  private let component: ModelComponent?
  /// What stands before the names of the UNet or transformer.
  let prefix: String
  private let isOriginalUNet: Bool
  private let isUNet: Bool
  private let shapes: [Substring: [Int]]

  /// - Parameters:
  ///   - tensors: the tensors of one model, of all its files.
  ///   - component: the part of a pipeline that they are; nil for a file that may hold all of them.
  package init(_ tensors: [TensorEntry], component: ModelComponent?) {
    self.component = component
    let names = tensors.map(\.name.string)
    let prefix =
      component == nil
      ? Self.prefixes.first { prefix in names.contains { $0.hasPrefix(prefix.text) } }?.prefix ?? ""
      : ""
    self.prefix = prefix
    var shapes: [Substring: [Int]] = [:]
    var modules: [(path: String, shape: [Int]?)] = []
    for tensor in tensors where tensor.name.string.hasPrefix(prefix) {
      guard let own = ParameterName(tensor.name.string.dropFirst(prefix.count)),
        own.parameter == .weight
      else { continue }
      shapes[own.path] = tensor.shape
      let isOther = component == nil && Self.isOfOtherPart(tensor.name.string)
      if tensor.shape.count > 1, !isOther { modules.append((String(own.path), tensor.shape)) }
    }
    self.shapes = shapes
    isOriginalUNet =
      component == nil
      && modules.contains { $0.path.hasPrefix("input_blocks.") || $0.path == "out.2" }
    isUNet = isOriginalUNet || modules.contains { $0.path.hasPrefix("down_blocks.") }
    let isEncoder = component?.isTextEncoder == true || component == .unet
    family = isUNet || isEncoder ? nil : FamilyNames.detect(modules)
  }

  /// Prefixes of the UNet or transformer in files that hold more, and a name that shows each.
  private static let prefixes: [(text: String, prefix: String)] = [
    ("model.diffusion_model.", "model.diffusion_model."), ("diffusion_model.", "diffusion_model."),
    ("unet.down_blocks.", "unet."), ("transformer.transformer_blocks.", "transformer."),
    ("transformer.single_transformer_blocks.", "transformer."),
  ]

  private static func isOfOtherPart(_ name: String) -> Bool {
    towers.contains { name.hasPrefix($0.prefix) }
      || ["first_stage_model.", "vae.", "model_ema."].contains(where: name.hasPrefix)
  }

  private enum TowerNames { case clip, openCLIP, t5 }

  /// Where single files keep text encoders.
  private static let towers: [(prefix: String, names: TowerNames, component: ModelComponent)] = [
    // SD 1.x, also from early merges without a level; SD 2.x.
    ("cond_stage_model.transformer.", .clip, .textEncoder),
    ("cond_stage_model.model.", .openCLIP, .textEncoder),
    // SDXL; its refiner has the second only.
    ("conditioner.embedders.0.transformer.", .clip, .textEncoder),
    ("conditioner.embedders.1.model.", .openCLIP, .textEncoder2),
    ("conditioner.embedders.0.model.", .openCLIP, .textEncoder2),
    // SD 3, Flux and what ComfyUI saves.
    ("text_encoders.clip_l.transformer.", .clip, .textEncoder),
    ("text_encoders.clip_g.transformer.", .clip, .textEncoder2),
    ("text_encoders.t5xxl.transformer.", .t5, .textEncoder3),
    // Pipelines of diffusers in one file.
    ("text_encoder.", .clip, .textEncoder), ("text_encoder_2.", .clip, .textEncoder2),
  ]

  /// The text encoder that `name` is of, whether adapters change it or not; nil for other parts.
  func towerPart(of name: String) -> Part? {
    guard component == nil, let tower = Self.towers.first(where: { name.hasPrefix($0.prefix) })
    else { return nil }
    let own = tower.names == .t5 ? family?.t5 ?? tower.component : tower.component
    return Part(name: own.rawValue, path: String(name.dropFirst(tower.prefix.count)))
  }

  /// What the tensors behind the prefix are.
  var mainPart: String {
    (component ?? (isUNet ? .unet : family?.component) ?? .model).rawValue
  }

  /// What the tensor `name` of `shape` holds; nil if adapters do not change it.
  package func place(of name: String) -> Place? {
    if let component { return place(of: name[...], in: component) }
    for tower in Self.towers where name.hasPrefix(tower.prefix) {
      let rest = name.dropFirst(tower.prefix.count)
      switch tower.names {
      case .clip: return place(of: rest, in: tower.component)
      case .openCLIP: return OpenCLIPNames.place(of: rest, in: tower.component)
      case .t5: return place(of: rest, in: family?.t5 ?? tower.component)
      }
    }
    guard name.hasPrefix(prefix) else { return nil }
    return mainPlace(of: name.dropFirst(prefix.count))
  }

  /// A tensor of the UNet, the transformer, or a model of one part.
  private func mainPlace(of name: Substring) -> Place? {
    guard let own = ParameterName(name) else { return nil }
    let path = String(own.path)
    if isOriginalUNet {
      return OriginalUNetName.diffusersPath(of: path).map {
        (ModuleStack(ModuleTarget(component: .unet, path: $0, parameter: own.parameter)), false)
      }
    }
    if let family, let stack = family.stack(of: path, shape: shapes[own.path]) {
      return (own.parameter == .bias ? stack.bias : stack, false)
    }
    let component = family?.component ?? ModelComponent(ofBarePath: path)
    return place(of: name, in: component)
  }

  /// A tensor of a part that is named as in the canonical model.
  private func place(of name: Substring, in component: ModelComponent) -> Place? {
    guard let own = ParameterName(name) else { return nil }
    var path = String(own.path)
    let isCLIP = component == .textEncoder || component == .textEncoder2
    // Newer transformers save CLIP without the level that older ones, and all adapters, have.
    if isCLIP, Self.flattened.contains(where: path.hasPrefix) { path = "text_model." + path }
    let target = ModuleTarget(component: component, path: path, parameter: own.parameter)
    return (ModuleStack(target), false)
  }

  private static let flattened = [
    "encoder.layers.", "embeddings.token_embedding", "embeddings.position_embedding",
    "final_layer_norm",
  ]
}
