extension TransformerTower {
  /// The text side of an OpenCLIP model, without its projection.
  ///
  /// The same mathematics as CLIP's, with queries, keys and values in one matrix, one above the
  /// other. Source: names and order as in `open_clip` 3.3, `transformer.py`.
  package init(
    openCLIP shape: TowerShape, from tensors: some TensorSource
  ) throws(TextEncoderError) {
    embedding = TokenEmbedding(
      words: try tensors.matrix(
        "token_embedding.weight", rows: shape.vocabulary, columns: shape.width),
      positions: try tensors.matrix(
        "positional_embedding", rows: shape.positions, columns: shape.width))
    var blocks: [TransformerBlock] = []
    for layer in 0..<shape.layers {
      blocks.append(try Self.openCLIPBlock("transformer.resblocks.\(layer).", shape, tensors))
    }
    let norm = try tensors.norm("ln_final", width: shape.width, epsilon: shape.epsilon)
    (self.shape, self.blocks, finalNorm) = (shape, blocks, norm)
  }

  private static func openCLIPBlock(
    _ prefix: String, _ shape: TowerShape, _ tensors: some TensorSource
  ) throws(TextEncoderError) -> TransformerBlock {
    let width = shape.width
    let weight = try tensors.matrix(prefix + "attn.in_proj_weight", rows: 3 * width, columns: width)
    let bias = try tensors.vector(prefix + "attn.in_proj_bias", count: 3 * width)
    let projections = (0..<3).map { part in
      let rows = part * width..<(part + 1) * width
      return Linear(weight: weight.extracting(rows), bias: Array(bias[rows]))
    }
    func norm(_ name: String) throws(TextEncoderError) -> LayerNorm {
      try tensors.norm(prefix + name, width: width, epsilon: shape.epsilon)
    }
    return TransformerBlock(
      attention: Attention(
        query: projections[0], key: projections[1], value: projections[2],
        output: try tensors.linear(prefix + "attn.out_proj", inputs: width, outputs: width),
        heads: shape.heads, mask: .causal),
      attentionNorm: try norm("ln_1"),
      expand: try tensors.linear(prefix + "mlp.c_fc", inputs: width, outputs: shape.inner),
      activation: shape.activation,
      contract: try tensors.linear(prefix + "mlp.c_proj", inputs: shape.inner, outputs: width),
      outputNorm: try norm("ln_2"), norms: .before)
  }
}
