/// An encoder that was read from files.
package struct ModelEncoder: TextEncoder {
  package let identity: EncoderIdentity
  package let files: [String]
  package let notes: [String]
  package let encoder: SequenceEncoder

  package func embed(
    _ texts: [String], longText: LongText, threads: Int
  ) throws -> [TextEmbedding] {
    try encoder.embed(texts, longText: longText, threads: threads)
  }
}
