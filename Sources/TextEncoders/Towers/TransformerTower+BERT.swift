extension TransformerTower {
  /// What tells the relatives of BERT apart.
  package struct BERTVariant: Sendable {
    /// The number of token types, of which only the first is used.
    package var tokenTypes = 2
    /// The id whose row in the table of positions comes before the first token's, for RoBERTa.
    package var padding: Int?

    package init(tokenTypes: Int = 2, padding: Int? = nil) {
      (self.tokenTypes, self.padding) = (tokenTypes, padding)
    }
  }

  /// A BERT or RoBERTa encoder without its pooler.
  ///
  /// Source: Devlin et al., *BERT* (2019), arXiv:1810.04805; Liu et al., *RoBERTa* (2019),
  /// arXiv:1907.11692; names of tensors as in `transformers`.
  package init(
    bert shape: TowerShape, _ variant: BERTVariant = BERTVariant(), from tensors: some TensorSource
  ) throws(TextEncoderError) {
    func table(_ name: String, rows: Int) throws(TextEncoderError) -> StoredMatrix {
      try tensors.matrix("embeddings.\(name)_embeddings.weight", rows: rows, columns: shape.width)
    }
    let types = try table("token_type", rows: variant.tokenTypes)
    var tile: [Float] = []
    let firstType = try TextEncoderError.converting {
      try types.withRows(0..<1, tile: &tile) { row in row.indices.map { row[$0] } }
    }
    embedding = TokenEmbedding(
      words: try table("word", rows: shape.vocabulary),
      positions: try table("position", rows: shape.positions),
      rule: variant.padding.map { .after(padding: $0) } ?? .place, tokenType: firstType,
      norm: try tensors.norm("embeddings.LayerNorm", width: shape.width, epsilon: shape.epsilon))
    var blocks: [TransformerBlock] = []
    for layer in 0..<shape.layers {
      blocks.append(try Self.bertBlock("encoder.layer.\(layer).", shape, tensors))
    }
    (self.shape, self.blocks, finalNorm) = (shape, blocks, nil)
  }

  private static func bertBlock(
    _ prefix: String, _ shape: TowerShape, _ tensors: some TensorSource
  ) throws(TextEncoderError) -> TransformerBlock {
    func square(_ name: String) throws(TextEncoderError) -> Linear {
      try tensors.linear(prefix + "attention." + name, inputs: shape.width, outputs: shape.width)
    }
    func norm(_ name: String) throws(TextEncoderError) -> LayerNorm {
      try tensors.norm(prefix + name + ".LayerNorm", width: shape.width, epsilon: shape.epsilon)
    }
    return TransformerBlock(
      attention: Attention(
        query: try square("self.query"), key: try square("self.key"),
        value: try square("self.value"), output: try square("output.dense"),
        heads: shape.heads, mask: .none),
      attentionNorm: try norm("attention.output"),
      expand: try tensors.linear(
        prefix + "intermediate.dense", inputs: shape.width, outputs: shape.inner),
      activation: shape.activation,
      contract: try tensors.linear(
        prefix + "output.dense", inputs: shape.inner, outputs: shape.width),
      outputNorm: try norm("output"), norms: .after)
  }
}
