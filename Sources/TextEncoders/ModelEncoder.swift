internal import Formats

/// An encoder that was read from files.
package struct ModelEncoder: TextEncoder {
  package let identity: EncoderIdentity
  package let files: [String]
  package let notes: [String]
  package let encoder: SequenceEncoder

  package func embed(
    _ texts: [String], longText: LongText, threads: Int
  ) throws -> [TextEmbedding] {
    do {
      return try encoder.embed(texts, longText: longText, threads: threads)
    } catch let error as TextEncoderError {
      guard case .unusableWeights(let problem) = error.reason, let file = files.first else {
        throw error
      }
      throw TextEncoderError(
        .file(
          FormatError(
            .unacceptable, file: file, "the encoder's weights cannot be used: \(problem)")))
    }
  }
}
