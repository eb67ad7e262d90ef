extension FamilyNames {
  /// Lumina-Image 2.
  ///
  /// Its queries are three times as wide as its keys and values. Source: diffusers 0.42,
  /// `convert_lumina_to_diffusers.py`.
  static let lumina2 = FamilyNames(
    "Lumina 2",
    rules: ["layers.#", "noise_refiner.#", "context_refiner.#"].flatMap { block in
      NameRule.block(
        block, block,
        [
          NameRule("attention.qkv", [("attn.to_q", 3), ("attn.to_k", 1), ("attn.to_v", 1)]),
          .same("attention.out", "attn.to_out.0"),
          .same("feed_forward.w1", "feed_forward.linear_1"),
          .same("feed_forward.w2", "feed_forward.linear_2"),
          .same("feed_forward.w3", "feed_forward.linear_3"),
          .same("adaLN_modulation.1", "norm1.linear"),
          .same("attention.q_norm", "attn.norm_q"), .same("attention.k_norm", "attn.norm_k"),
          // Without a modulation, the first norm is one by itself.
          .same("attention_norm1", block == "context_refiner.#" ? "norm1" : "norm1.norm"),
          .same("attention_norm2", "norm2"), .same("ffn_norm1"), .same("ffn_norm2"),
        ])
    } + [
      .same("x_embedder"),
      .same("t_embedder.mlp.0", "time_caption_embed.timestep_embedder.linear_1"),
      .same("t_embedder.mlp.2", "time_caption_embed.timestep_embedder.linear_2"),
      .same("cap_embedder.0", "time_caption_embed.caption_embedder.0"),
      .same("cap_embedder.1", "time_caption_embed.caption_embedder.1"),
      .same("final_layer.adaLN_modulation.1", "norm_out.linear_1"),
      .same("final_layer.linear", "norm_out.linear_2"),
    ])
}
