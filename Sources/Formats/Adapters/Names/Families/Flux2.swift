extension FamilyNames {
  /// Flux.2 of Black Forest Labs.
  ///
  /// Its blocks share their modulations, and the way into a single block is one module in diffusers
  /// too. Source: diffusers 0.42, `convert_flux2_transformer_checkpoint_to_diffusers`.
  static let flux2 = FamilyNames(
    "Flux 2",
    rules: NameRule.block(
      "double_blocks.#", "transformer_blocks.#", count: 8, fluxAttention + flux2MLP)
      + NameRule.block(
        "single_blocks.#", "single_transformer_blocks.#", count: 48,
        [
          .same("linear1", "attn.to_qkv_mlp_proj", ratio: (9, 1)),
          .same("linear2", "attn.to_out", ratio: (1, 4)),
          .same("norm.query_norm", "attn.norm_q"), .same("norm.key_norm", "attn.norm_k"),
        ])
      + [
        .same("img_in", "x_embedder"), .same("txt_in", "context_embedder"),
        .same("double_stream_modulation_img.lin", "double_stream_modulation_img.linear"),
        .same("double_stream_modulation_txt.lin", "double_stream_modulation_txt.linear"),
        .same("single_stream_modulation.lin", "single_stream_modulation.linear"),
        .same("final_layer.linear", "proj_out"),
        .swapped("final_layer.adaLN_modulation.1", "norm_out.linear"),
      ]
      + [("time_in", "timestep"), ("guidance_in", "guidance")].flatMap { native, canonical in
        NameRule.block(
          native, "time_guidance_embed.\(canonical)_embedder",
          [.same("in_layer", "linear_1"), .same("out_layer", "linear_2")])
      })

  /// Gated, with three times the width.
  private static let flux2MLP: [NameRule] = [
    .same("img_mlp.0", "ff.linear_in", ratio: (6, 1)),
    .same("img_mlp.2", "ff.linear_out", ratio: (1, 3)),
    .same("txt_mlp.0", "ff_context.linear_in", ratio: (6, 1)),
    .same("txt_mlp.2", "ff_context.linear_out", ratio: (1, 3)),
  ]
}
