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
        .same("vector_in.in_layer", "time_text_embed.text_embedder.linear_1"),
        .same("vector_in.out_layer", "time_text_embed.text_embedder.linear_2"),
      ]
      + [
        ("time_in", "time_text_embed.timestep_embedder"),
        ("guidance_in", "time_text_embed.guidance_embedder"),
        ("txt_in.t_embedder", "context_embedder.time_text_embed.timestep_embedder"),
      ].flatMap { native, canonical in
        NameRule.block(
          native, canonical, [.same("mlp.0", "linear_1"), .same("mlp.2", "linear_2")])
      }
      + [
        .same("txt_in.input_embedder", "context_embedder.proj_in"),
        .same(
          "txt_in.c_embedder.linear_1",
          "context_embedder.time_text_embed.text_embedder.linear_1"),
        .same(
          "txt_in.c_embedder.linear_2",
          "context_embedder.time_text_embed.text_embedder.linear_2"),
      ]
      + NameRule.block(
        "txt_in.individual_token_refiner.blocks.#",
        "context_embedder.token_refiner.refiner_blocks.#", hunyuanRefiner))

  /// The text goes through blocks of its own before it meets the image.
  private static let hunyuanRefiner: [NameRule] = [
    NameRule("self_attn_qkv", imageAttention), .same("self_attn_proj", "attn.to_out.0"),
    .same("mlp.fc1", "ff.net.0.proj"), .same("mlp.fc2", "ff.net.2"),
    .same("adaLN_modulation.1", "norm_out.linear"), .same("norm1"), .same("norm2"),
  ]

  private static let hunyuanDouble: [NameRule] = ["img", "txt"].flatMap { stream in
    let isImage = stream == "img"
    let (ff, norm) = isImage ? ("ff", "norm1") : ("ff_context", "norm1_context")
    let attention = NameRule("\(stream)_attn_qkv", isImage ? imageAttention : textAttention)
    let first = NameRule.same("\(stream)_mlp.fc1", "\(ff).net.0.proj")
    let second = NameRule.same("\(stream)_mlp.fc2", "\(ff).net.2")
    let modulation = NameRule.same("\(stream)_mod.linear", "\(norm).linear")
    let added = isImage ? "" : "added_"
    return [
      attention,
      .same("\(stream)_attn_q_norm", "attn.norm_\(added)q"),
      .same("\(stream)_attn_k_norm", "attn.norm_\(added)k"),
      .same("\(stream)_attn_proj", isImage ? "attn.to_out.0" : "attn.to_add_out"),
      first, second, modulation,
      first.alias("\(stream)_mlp.0"), second.alias("\(stream)_mlp.2"),
      modulation.alias("\(stream)_mod.lin"),
    ]
  }

  private static let hunyuanSingle: [NameRule] = [
    NameRule("linear1", singleInput), .same("linear2", "proj_out"),
    .same("modulation.linear", "norm.linear"),
    .same("q_norm", "attn.norm_q"), .same("k_norm", "attn.norm_k"),
    NameRule.same("modulation.linear", "norm.linear").alias("modulation.lin"),
  ]
}
