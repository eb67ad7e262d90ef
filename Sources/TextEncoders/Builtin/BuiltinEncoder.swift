/// The encoder inside the executable: all-MiniLM-L6-v2, with int8 weights.
///
/// Making one costs about a millisecond: weights stay where they are until they are used.
package struct BuiltinEncoder: TextEncoder {
  package static let spec = "builtin"

  /// The first digits are those of the embedded file's SHA-256.
  package let identity = EncoderIdentity(
    spec: spec, id: "all-MiniLM-L6-v2-int8-9b4db7c887e03352", dimension: 384,
    kind: .sentenceEncoder, defaultTemperature: 0.05, lowScore: 0.25)

  private let encoder: SequenceEncoder

  package init() throws(TextEncoderError) {
    encoder = SequenceEncoder(
      tokenizer: try WordPieceTokenizer(vocabulary: BuiltinData.vocabulary),
      tower: try TransformerTower(
        bert: TowerShape(
          vocabulary: 30522, positions: 256, width: 384, inner: 1536, layers: 6, heads: 12,
          activation: .gelu, epsilon: 1e-12),
        from: BuiltinWeights()),
      head: EmbeddingHead(pooling: .tokens([.mean])), sequenceLimit: 256)
  }

  package func embed(
    _ texts: [String], longText: LongText, threads: Int
  ) throws -> [TextEmbedding] {
    try encoder.embed(texts, longText: longText, threads: threads)
  }
}
