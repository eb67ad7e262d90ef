internal import Formats

/// Tells models of one part, saved without a pipeline or configuration, by a tensor that only they have.
enum BareModel {
  /// The family of the model with these tensors; nil where none of them tells.
  static func family(of entries: [TensorEntry]) -> ModelFamily? {
    let shapes = Dictionary(
      entries.map { ($0.name.string, $0.shape) }, uniquingKeysWith: { first, _ in first })
    func found(_ suffix: String, _ rank: Int) -> (name: String, shape: [Int])? {
      for prefix in ["", "vae.", "first_stage_model.", "text_model.", "model.", "encoder."] {
        if let shape = shapes[prefix + suffix], shape.count == rank {
          return (prefix + suffix, shape)
        }
      }
      return nil
    }
    if let (name, shape) = found("decoder.conv_in.weight", 4) {
      return ModelFamily(
        name: "VAE with \(shape[1]) channels", evidence: "'\(name)' has the shape \(shape)")
    }
    if let (name, shape) = found("embeddings.token_embedding.weight", 2) {
      let size = [768: "CLIP-L", 1280: "CLIP-G", 1024: "CLIP-H"][shape[1]]
      return ModelFamily(
        name: size ?? "CLIP", evidence: "'\(name)' has \(shape[0]) words of width \(shape[1])")
    }
    if shapes["encoder.block.0.layer.0.SelfAttention.q.weight"] != nil,
      let (name, shape) = found("shared.weight", 2)
    {
      return ModelFamily(
        name: shape[1] == 4096 ? "T5-XXL" : "T5", evidence: "'\(name)' is \(shape[1]) wide")
    }
    if let name = shapes.keys.filter({ $0.hasSuffix("layers.0.self_attn.q_proj.weight") }).min() {
      return ModelFamily(name: "language model", evidence: "it has '\(name)'")
    }
    return nil
  }
}
