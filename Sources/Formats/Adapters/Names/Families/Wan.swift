extension FamilyNames {
  /// Wan 2.1 and 2.2.
  ///
  /// Source: diffusers 0.42, `convert_wan_to_diffusers.py`.
  static let wan = FamilyNames(
    "Wan",
    rules: NameRule.block("blocks.#", "blocks.#", wanBlock)
      + [
        .same("patch_embedding"), .same("head.head", "proj_out"),
        .same("time_embedding.0", "condition_embedder.time_embedder.linear_1"),
        .same("time_embedding.2", "condition_embedder.time_embedder.linear_2"),
        .same("time_projection.1", "condition_embedder.time_proj"),
        .same("text_embedding.0", "condition_embedder.text_embedder.linear_1"),
        .same("text_embedding.2", "condition_embedder.text_embedder.linear_2"),
        .same("img_emb.proj.0", "condition_embedder.image_embedder.norm1"),
        .same("img_emb.proj.1", "condition_embedder.image_embedder.ff.net.0.proj"),
        .same("img_emb.proj.3", "condition_embedder.image_embedder.ff.net.2"),
        .same("img_emb.proj.4", "condition_embedder.image_embedder.norm2"),
      ])

  private static let wanBlock: [NameRule] =
    [("self_attn", "attn1"), ("cross_attn", "attn2")].flatMap { native, canonical in
      NameRule.block(
        native, canonical,
        [
          .same("q", "to_q"), .same("k", "to_k"), .same("v", "to_v"), .same("o", "to_out.0"),
          .same("norm_q"), .same("norm_k"),
        ])
    } + [
      .same("cross_attn.k_img", "attn2.add_k_proj"), .same("cross_attn.v_img", "attn2.add_v_proj"),
      .same("cross_attn.norm_k_img", "attn2.norm_added_k"),
      .same("ffn.0", "ffn.net.0.proj"), .same("ffn.2", "ffn.net.2"), .same("norm3", "norm2"),
    ]
}
