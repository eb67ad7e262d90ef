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
        ])
    })
}
