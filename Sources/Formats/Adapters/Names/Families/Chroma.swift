extension FamilyNames {
  /// Chroma: Flux.1 whose modulations come from one small network.
  ///
  /// An adapter without modules of that network has names of Flux and is taken for one of Flux, which
  /// leads to the same weights. Source: diffusers 0.42,
  /// `convert_chroma_transformer_checkpoint_to_diffusers`.
  static let chroma = FamilyNames(
    "Chroma",
    rules: NameRule.block(
      "double_blocks.#", "transformer_blocks.#", count: 19, fluxAttention + fluxMLP)
      + NameRule.block("single_blocks.#", "single_transformer_blocks.#", count: 38, fluxSingleBody)
      + [
        .same("img_in", "x_embedder"), .same("txt_in", "context_embedder"),
        .same("final_layer.linear", "proj_out"), .same("distilled_guidance_layer.in_proj"),
        .same("distilled_guidance_layer.out_proj"),
        .same("distilled_guidance_layer.norms.#"),
      ]
      + NameRule.block(
        "distilled_guidance_layer.layers.#", "distilled_guidance_layer.layers.#",
        [.same("in_layer", "linear_1"), .same("out_layer", "linear_2")]))
}
