extension TransformerTower {
  /// The text side of a CLIP model with the names of `transformers`, without its projection.
  ///
  /// Source: Radford et al., *Learning Transferable Visual Models From Natural Language Supervision*
  /// (2021), arXiv:2103.00020, section 2.4.
  package init(clip shape: TowerShape, from tensors: some TensorSource) throws(TextEncoderError) {
    embedding = TokenEmbedding(
      words: try tensors.matrix(
        "embeddings.token_embedding.weight", rows: shape.vocabulary, columns: shape.width),
      positions: try tensors.matrix(
        "embeddings.position_embedding.weight", rows: shape.positions, columns: shape.width))
    var blocks: [TransformerBlock] = []
    for layer in 0..<shape.layers {
      blocks.append(try Self.clipBlock("encoder.layers.\(layer).", shape, tensors))
    }
    let norm = try tensors.norm("final_layer_norm", width: shape.width, epsilon: shape.epsilon)
    (self.shape, self.blocks, finalNorm) = (shape, blocks, norm)
  }

  private static func clipBlock(
    _ prefix: String, _ shape: TowerShape, _ tensors: some TensorSource
  ) throws(TextEncoderError) -> TransformerBlock {
    func square(_ name: String) throws(TextEncoderError) -> Linear {
      try tensors.linear(
        prefix + "self_attn.\(name)_proj", inputs: shape.width, outputs: shape.width)
    }
    func norm(_ name: String) throws(TextEncoderError) -> LayerNorm {
      try tensors.norm(prefix + name, width: shape.width, epsilon: shape.epsilon)
    }
    return TransformerBlock(
      attention: Attention(
        query: try square("q"), key: try square("k"), value: try square("v"),
        output: try square("out"), heads: shape.heads, mask: .causal),
      attentionNorm: try norm("layer_norm1"),
      expand: try tensors.linear(prefix + "mlp.fc1", inputs: shape.width, outputs: shape.inner),
      activation: shape.activation,
      contract: try tensors.linear(prefix + "mlp.fc2", inputs: shape.inner, outputs: shape.width),
      outputNorm: try norm("layer_norm2"), norms: .before)
  }
}
