/// The extents of a BERT model that its tensors have to have.
package struct BertShape: Sendable {
  package var vocabulary, positions, width, inner, layers, heads: Int

  package init(
    vocabulary: Int, positions: Int, width: Int, inner: Int, layers: Int, heads: Int
  ) {
    (self.vocabulary, self.positions) = (vocabulary, positions)
    (self.width, self.inner, self.layers, self.heads) = (width, inner, layers, heads)
  }
}

/// A BERT encoder up to its last hidden state.
///
/// Source: Devlin et al., *BERT* (2019), arXiv:1810.04805; names of tensors as in `transformers`.
package struct BertTower: Sendable {
  package let shape: BertShape
  private let words, positions: StoredMatrix
  /// The embedding of token type 0, which every token has.
  private let tokenType: StoredMatrix
  private let embeddingNorm: LayerNorm
  private let blocks: [TransformerBlock]

  private static let epsilon: Float = 1e-12

  package init(_ shape: BertShape, from tensors: some TensorSource) throws(TextEncoderError) {
    self.shape = shape
    func table(_ name: String, rows: Int) throws(TextEncoderError) -> StoredMatrix {
      try tensors.matrix("embeddings.\(name)_embeddings.weight", rows: rows, columns: shape.width)
    }
    words = try table("word", rows: shape.vocabulary)
    positions = try table("position", rows: shape.positions)
    tokenType = try table("token_type", rows: 2)
    embeddingNorm = try tensors.norm(
      "embeddings.LayerNorm", width: shape.width, epsilon: Self.epsilon)
    var blocks: [TransformerBlock] = []
    for layer in 0..<shape.layers {
      blocks.append(try Self.block("encoder.layer.\(layer).", shape, tensors))
    }
    self.blocks = blocks
  }

  private static func block(
    _ prefix: String, _ shape: BertShape, _ tensors: some TensorSource
  ) throws(TextEncoderError) -> TransformerBlock {
    func square(_ name: String) throws(TextEncoderError) -> Linear {
      try tensors.linear(prefix + "attention." + name, inputs: shape.width, outputs: shape.width)
    }
    func norm(_ name: String) throws(TextEncoderError) -> LayerNorm {
      try tensors.norm(prefix + name + ".LayerNorm", width: shape.width, epsilon: epsilon)
    }
    return TransformerBlock(
      attention: Attention(
        query: try square("self.query"), key: try square("self.key"),
        value: try square("self.value"), output: try square("output.dense"),
        heads: shape.heads, mask: .none),
      attentionNorm: try norm("attention.output"),
      expand: try tensors.linear(
        prefix + "intermediate.dense", inputs: shape.width, outputs: shape.inner),
      activation: .gelu,
      contract: try tensors.linear(
        prefix + "output.dense", inputs: shape.inner, outputs: shape.width),
      outputNorm: try norm("output"), norms: .after)
  }

  /// The last hidden state, `[sum of lengths, width]`, of `sequences` of ids, one after the other.
  ///
  /// - Precondition: ids are below the vocabulary's size, lengths not above the positions.
  package func hiddenState(of sequences: [[Int]]) -> [Float] {
    var ranges: [Range<Int>] = []
    for sequence in sequences {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + sequence.count)
    }
    var x = [Float](repeating: 0, count: (ranges.last?.upperBound ?? 0) * shape.width)
    for (sequence, range) in zip(sequences, ranges) {
      for (position, id) in sequence.enumerated() {
        let start = (range.lowerBound + position) * shape.width
        words.add(id, to: &x, at: start)
        positions.add(position, to: &x, at: start)
        tokenType.add(0, to: &x, at: start)
      }
    }
    embeddingNorm.apply(to: &x)
    var tile: [Float] = []
    for block in blocks { block.apply(to: &x, ranges, tile: &tile) }
    return x
  }
}
