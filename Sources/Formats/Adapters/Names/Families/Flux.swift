extension FamilyNames {
  /// Flux.1 of Black Forest Labs.
  ///
  /// Sources: diffusers 0.42, `convert_flux_to_diffusers.py` and `lora_conversion_utils.py`; the
  /// names of XLabs' trainer are those of its attention processors.
  static let flux = FamilyNames(
    "Flux", t5: .textEncoder2,
    rules: NameRule.block("double_blocks.#", "transformer_blocks.#", count: 19, fluxDouble)
      + NameRule.block("single_blocks.#", "single_transformer_blocks.#", count: 38, fluxSingle)
      + [
        .same("img_in", "x_embedder"), .same("txt_in", "context_embedder"),
        .same("final_layer.linear", "proj_out"),
        .swapped("final_layer.adaLN_modulation.1", "norm_out.linear"),
      ]
      + [("time_in", "timestep"), ("vector_in", "text"), ("guidance_in", "guidance")]
      .flatMap { native, canonical in
        NameRule.block(
          native, "time_text_embed.\(canonical)_embedder",
          [.same("in_layer", "linear_1"), .same("out_layer", "linear_2")])
      })

  static let imageAttention = ["attn.to_q", "attn.to_k", "attn.to_v"].map { ($0, 1) }
  static let textAttention =
    ["attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"].map { ($0, 1) }
  /// Queries, keys and values, and the way into the MLP, which is four times as wide.
  static let singleInput = imageAttention + [("proj_mlp", 4)]

  /// The attention of double blocks, the same in every Flux.
  static let fluxAttention: [NameRule] = [
    NameRule("img_attn.qkv", imageAttention), NameRule("txt_attn.qkv", textAttention),
    .same("img_attn.proj", "attn.to_out.0"), .same("txt_attn.proj", "attn.to_add_out"),
    .same("img_attn.norm.query_norm", "attn.norm_q"),
    .same("img_attn.norm.key_norm", "attn.norm_k"),
    .same("txt_attn.norm.query_norm", "attn.norm_added_q"),
    .same("txt_attn.norm.key_norm", "attn.norm_added_k"),
  ]

  static let fluxMLP: [NameRule] = [
    .same("img_mlp.0", "ff.net.0.proj", ratio: (4, 1)),
    .same("img_mlp.2", "ff.net.2", ratio: (1, 4)),
    .same("txt_mlp.0", "ff_context.net.0.proj", ratio: (4, 1)),
    .same("txt_mlp.2", "ff_context.net.2", ratio: (1, 4)),
  ]

  private static let fluxDouble: [NameRule] =
    fluxAttention + fluxMLP + [
      .same("img_mod.lin", "norm1.linear"), .same("txt_mod.lin", "norm1_context.linear"),
      NameRule("img_attn.qkv", imageAttention).alias("processor.qkv_lora1"),
      NameRule("txt_attn.qkv", textAttention).alias("processor.qkv_lora2"),
      .same("img_attn.proj", "attn.to_out.0").alias("processor.proj_lora1"),
      .same("txt_attn.proj", "attn.to_add_out").alias("processor.proj_lora2"),
    ]

  /// A single block without its modulation.
  static let fluxSingleBody: [NameRule] = [
    NameRule("linear1", singleInput), .same("linear2", "proj_out", ratio: (1, 5)),
    .same("norm.query_norm", "attn.norm_q"), .same("norm.key_norm", "attn.norm_k"),
  ]

  private static let fluxSingle: [NameRule] =
    fluxSingleBody + [
      .same("modulation.lin", "norm.linear"),
      // Only the rows of the attention, without those of the MLP.
      NameRule("linear1", imageAttention).alias("processor.qkv_lora"),
      .same("linear2", "proj_out").alias("processor.proj_lora"),
    ]
}
