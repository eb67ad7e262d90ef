/// The names of the text towers of OpenCLIP, in those of Hugging Face's CLIP.
///
/// Queries, keys and values are one tensor there, and the projection is stored the other way round.
/// Source: diffusers 0.42, `single_file_utils.py`; `open_clip` 3.3, `transformer.py`.
enum OpenCLIPNames {
  private static let whole: [String: (path: String, parameter: ModuleTarget.Parameter)] = [
    "token_embedding.weight": ("text_model.embeddings.token_embedding", .weight),
    "positional_embedding": ("text_model.embeddings.position_embedding", .weight),
    "ln_final.weight": ("text_model.final_layer_norm", .weight),
    "ln_final.bias": ("text_model.final_layer_norm", .bias),
    "text_projection": ("text_projection", .weight),
    "text_projection.weight": ("text_projection", .weight),
  ]
  private static let layer: [Substring: String] = [
    "ln_1": "layer_norm1", "ln_2": "layer_norm2", "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
  ]
  private static let blocks = "transformer.resblocks."

  /// What the tensor `name`, without the tower's prefix, holds; nil if adapters do not change it.
  static func place(
    of name: Substring, in component: ModelComponent
  ) -> (stack: ModuleStack, isTransposed: Bool)? {
    if let (path, parameter) = whole[String(name)] {
      let target = ModuleTarget(component: component, path: path, parameter: parameter)
      return (ModuleStack(target), name == "text_projection")
    }
    guard name.hasPrefix(blocks) else { return nil }
    let rest = name.dropFirst(blocks.count)
    let number = rest.prefix { $0 != "." }
    let inner = rest.dropFirst(number.count + 1)
    let path = "text_model.encoder.layers.\(number)"
    switch inner {
    case "attn.in_proj_weight": return (projections(path, component), false)
    case "attn.in_proj_bias": return (projections(path, component).bias, false)
    default:
      guard let own = ParameterName(inner), let name = layer[own.path] else { return nil }
      let target = ModuleTarget(
        component: component, path: "\(path).\(name)", parameter: own.parameter)
      return (ModuleStack(target), false)
    }
  }

  private static func projections(_ layer: String, _ component: ModelComponent) -> ModuleStack {
    func target(_ name: String) -> ModuleTarget {
      ModuleTarget(component: component, path: "\(layer).self_attn.\(name)")
    }
    return ModuleStack(
      target: target("in_proj"),
      pieces: ["q_proj", "k_proj", "v_proj"].map { ModuleStack.Piece(target: target($0)) })
  }
}
