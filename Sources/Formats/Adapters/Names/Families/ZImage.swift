extension FamilyNames {
  /// Z-Image; its kohya files have the queries, keys and values apart, as diffusers does.
  ///
  /// Source: diffusers 0.42, `convert_z_image_to_diffusers` in `loaders/single_file_utils.py`.
  static let zImage = FamilyNames(
    "Z-Image", kohya: .canonical,
    rules: ["layers.#", "noise_refiner.#", "context_refiner.#"].flatMap { block in
      NameRule.block(
        block, block,
        [
          NameRule(
            "attention.qkv",
            [("attention.to_q", 1), ("attention.to_k", 1), ("attention.to_v", 1)]),
          .same("attention.out", "attention.to_out.0"), .same("feed_forward.w1"),
          .same("feed_forward.w2"), .same("feed_forward.w3"), .same("adaLN_modulation.0"),
        ])
    } + [
      .same("x_embedder", "all_x_embedder.2-1"),
      .same("final_layer.linear", "all_final_layer.2-1.linear"),
      .same("final_layer.adaLN_modulation.1", "all_final_layer.2-1.adaLN_modulation.1"),
    ])
}
