internal import Formats

/// A single file with the whole of an image model, or with one of its text towers.
struct CheckpointFile {
  let files: WeightFiles

  /// Where the known kinds of files keep their towers; nil where the width decides which it is.
  private static let places: [(slot: TowerSlot?, layout: CLIPSource.Layout, prefix: String)] = [
    // SD 1.x, also from early merges.
    (.l, .transformers, "cond_stage_model.transformer.text_model."),
    (.l, .transformers, "cond_stage_model.transformer."),
    // SD 2.x.
    (.h, .openCLIP, "cond_stage_model.model."),
    // SDXL, and its refiner, which has the second tower only.
    (.l, .transformers, "conditioner.embedders.0.transformer.text_model."),
    (.g, .openCLIP, "conditioner.embedders.1.model."),
    (.g, .openCLIP, "conditioner.embedders.0.model."),
    // SD 3, Flux and what ComfyUI saves.
    (.l, .transformers, "text_encoders.clip_l.transformer.text_model."),
    (.g, .transformers, "text_encoders.clip_g.transformer.text_model."),
    // A file of one tower.
    (nil, .transformers, "text_model."), (nil, .transformers, "clip.text_model."),
    (nil, .transformers, ""), (nil, .openCLIP, ""),
  ]

  /// The towers of the file, at least one.
  func towers() throws(TextEncoderError) -> [CLIPSource] {
    var towers: [CLIPSource] = []
    for place in Self.places {
      let isCLIP = place.layout == .transformers
      let words = isCLIP ? "embeddings.token_embedding.weight" : "token_embedding.weight"
      guard let (_, entry) = files.tensor(place.prefix + words) else { continue }
      let slot: TowerSlot
      if let known = place.slot {
        slot = known
      } else {
        slot = try Self.slot(width: entry.shape.last ?? 0, place.layout, of: files.path)
      }
      guard !towers.contains(where: { $0.slot == slot }) else { continue }
      towers.append(
        CLIPSource(slot: slot, layout: place.layout, files: files, prefix: place.prefix))
    }
    guard towers.isEmpty else { return towers }
    let (found, hint) = content
    throw TextEncoderError(
      .file(
        FormatError(
          .unacceptable, file: files.path,
          "no text encoder: looked for CLIP and OpenCLIP towers, found \(found)", remedy: hint)))
  }

  /// The tower of a file that holds only one; its width tells which function its blocks have.
  ///
  /// Small towers with OpenCLIP's names have either function, by whoever trained them.
  private static func slot(
    width: Int, _ layout: CLIPSource.Layout, of path: String
  ) throws(TextEncoderError) -> TowerSlot {
    let known = layout == .transformers ? [512, 768, 1024, 1280] : [1024, 1280]
    guard known.contains(width) else {
      let list = known.map(String.init).joined(separator: ", ")
      throw TextEncoderError(
        .file(
          FormatError(
            .unacceptable, file: path,
            "a tower of width \(width) needs a config.json; without, lorac knows \(list)",
            remedy: "give the folder with the model's config.json")))
    }
    return TowerSlot(width: width)
  }

  /// Signs of what people take for a text encoder.
  private static let signs: [(part: String, isStart: Bool, what: String, hint: String)] = [
    ("SelfAttention.relative_attention_bias.weight", false, "a T5 encoder", clipHint),
    (".lora_", false, "an adapter", clipHint), ("lora_unet_", true, "an adapter", clipHint),
    ("embeddings.word_embeddings.weight", false, "a BERT", "give its folder, with the tokenizer"),
    ("double_blocks.0.", true, "a Flux transformer", clipHint),
    ("model.diffusion_model.double_blocks.0.", true, "a Flux transformer", clipHint),
    ("single_transformer_blocks.0.", true, "a Flux transformer", clipHint),
    ("joint_blocks.0.", true, "an SD 3 transformer", clipHint),
    ("model.diffusion_model.joint_blocks.0.", true, "an SD 3 transformer", clipHint),
    ("transformer_blocks.0.", true, "an SD 3 transformer", clipHint),
    ("model.diffusion_model.", true, "a UNet", clipHint),
    ("input_blocks.0.", true, "a UNet", clipHint), ("down_blocks.0.", true, "a UNet", clipHint),
    ("decoder.conv_in.", true, "a VAE", clipHint),
  ]

  private static let clipHint =
    "give the file with the model's CLIP tower (clip_l, clip_g), or the model's folder, with "
    + "--encoder"

  /// What the file holds instead, with the name of a tensor that shows it.
  private var content: (found: String, hint: String) {
    for sign in Self.signs {
      let name = files.firstName {
        sign.isStart ? $0.hasPrefix(sign.part) : $0.utf8.contains(sign.part.utf8)
      }
      if let name { return ("\(sign.what) ('\(printable(name))')", sign.hint) }
    }
    let count = files.files.reduce(0) { $0 + $1.header.tensors.count }
    let first = files.firstName { _ in true }.map { ", such as '\(printable($0))'" } ?? ""
    return ("\(count) tensors\(first)", Self.clipHint)
  }
}
