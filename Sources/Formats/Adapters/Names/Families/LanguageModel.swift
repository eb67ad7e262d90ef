extension FamilyNames {
  /// Language models with the module names of Llama, as most of Hugging Face's have.
  static let languageModel = FamilyNames(
    "language model", component: .model, kohya: .canonical,
    rules: NameRule.block(
      "model.layers.#", "model.layers.#",
      (["q_proj", "k_proj", "v_proj", "o_proj"].map { "self_attn.\($0)" }
        + ["gate_proj", "up_proj", "down_proj", "gate_up_proj"].map { "mlp.\($0)" }
        + ["self_attn.qkv_proj", "input_layernorm", "post_attention_layernorm"]).map { .same($0) })
      + ["lm_head", "model.embed_tokens", "model.norm"].map { .same($0) })
}
