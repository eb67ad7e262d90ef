extension FamilyNames {
  /// HunyuanVideo, and HunyuanImage by the names of sd-scripts.
  ///
  /// Sources: diffusers 0.42, `convert_hunyuan_video_to_diffusers.py`; sd-scripts,
  /// `convert_hunyuan_image_lora_to_comfy.py`, for ComfyUI's words.
  static let hunyuanVideo = FamilyNames(
    "HunyuanVideo",
    rules: NameRule.block("double_blocks.#", "transformer_blocks.#", count: 20, hunyuanDouble)
      + NameRule.block("single_blocks.#", "single_transformer_blocks.#", count: 40, hunyuanSingle)
      + [
        .same("img_in.proj", "x_embedder.proj"), .same("final_layer.linear", "proj_out"),
        .swapped("final_layer.adaLN_modulation.1", "norm_out.linear"),
      ])

  private static let hunyuanDouble: [NameRule] = ["img", "txt"].flatMap { stream in
    let isImage = stream == "img"
    let (ff, norm) = isImage ? ("ff", "norm1") : ("ff_context", "norm1_context")
    let attention = NameRule("\(stream)_attn_qkv", isImage ? imageAttention : textAttention)
    let first = NameRule.same("\(stream)_mlp.fc1", "\(ff).net.0.proj")
    let second = NameRule.same("\(stream)_mlp.fc2", "\(ff).net.2")
    let modulation = NameRule.same("\(stream)_mod.linear", "\(norm).linear")
    return [
      attention,
      .same("\(stream)_attn_proj", isImage ? "attn.to_out.0" : "attn.to_add_out"),
      first, second, modulation,
      first.alias("\(stream)_mlp.0"), second.alias("\(stream)_mlp.2"),
      modulation.alias("\(stream)_mod.lin"),
    ]
  }

  private static let hunyuanSingle: [NameRule] = [
    NameRule("linear1", singleInput), .same("linear2", "proj_out"),
    .same("modulation.linear", "norm.linear"),
    NameRule.same("modulation.linear", "norm.linear").alias("modulation.lin"),
  ]
}
