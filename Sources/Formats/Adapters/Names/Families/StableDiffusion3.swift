extension FamilyNames {
  /// Stable Diffusion 3 and 3.5.
  ///
  /// Source: diffusers 0.42, `convert_sd3_to_diffusers.py`.
  static let stableDiffusion3 = FamilyNames(
    "SD 3", t5: .textEncoder3,
    rules: NameRule.block("joint_blocks.#", "transformer_blocks.#", count: 38, sd3Block)
      + [
        .same("x_embedder.proj", "pos_embed.proj"), .same("context_embedder"),
        .same("t_embedder.mlp.0", "time_text_embed.timestep_embedder.linear_1"),
        .same("t_embedder.mlp.2", "time_text_embed.timestep_embedder.linear_2"),
        .same("y_embedder.mlp.0", "time_text_embed.text_embedder.linear_1"),
        .same("y_embedder.mlp.2", "time_text_embed.text_embedder.linear_2"),
        .same("final_layer.linear", "proj_out"),
        .swapped("final_layer.adaLN_modulation.1", "norm_out.linear"),
      ])

  private static let sd3Block: [NameRule] = [
    NameRule("x_block.attn.qkv", imageAttention),
    NameRule("context_block.attn.qkv", textAttention),
    NameRule("x_block.attn2.qkv", ["attn2.to_q", "attn2.to_k", "attn2.to_v"].map { ($0, 1) }),
    .same("x_block.attn.proj", "attn.to_out.0"), .same("x_block.attn2.proj", "attn2.to_out.0"),
    .same("context_block.attn.proj", "attn.to_add_out"),
    .same("x_block.mlp.fc1", "ff.net.0.proj"), .same("x_block.mlp.fc2", "ff.net.2"),
    .same("context_block.mlp.fc1", "ff_context.net.0.proj"),
    .same("context_block.mlp.fc2", "ff_context.net.2"),
    .same("x_block.adaLN_modulation.1", "norm1.linear"),
    .swapped("context_block.adaLN_modulation.1", "norm1_context.linear", .swappedIfTwoParts),
    .same("x_block.attn.ln_q", "attn.norm_q"), .same("x_block.attn.ln_k", "attn.norm_k"),
    .same("context_block.attn.ln_q", "attn.norm_added_q"),
    .same("context_block.attn.ln_k", "attn.norm_added_k"),
  ]
}
