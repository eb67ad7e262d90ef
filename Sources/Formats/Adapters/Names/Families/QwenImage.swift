extension FamilyNames {
  /// Qwen-Image, whose own names are those of diffusers.
  ///
  /// Source: diffusers 0.42, `models/transformers/transformer_qwenimage.py`.
  static let qwenImage = FamilyNames(
    "Qwen-Image",
    rules: NameRule.block(
      "transformer_blocks.#", "transformer_blocks.#",
      ([
        "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj",
        "to_add_out", "norm_q", "norm_k", "norm_added_q", "norm_added_k",
      ].map { "attn.\($0)" }
        + ["img", "txt"].flatMap { stream in
          ["mlp.net.0.proj", "mlp.net.2", "mod.1"].map { "\(stream)_\($0)" }
        }).map { .same($0) })
      + [
        "img_in", "txt_in", "txt_norm", "norm_out.linear", "proj_out",
        "time_text_embed.timestep_embedder.linear_1",
        "time_text_embed.timestep_embedder.linear_2",
      ].map { .same($0) })
}
