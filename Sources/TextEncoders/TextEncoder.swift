/// Turns texts into vectors whose inner products say how close the texts' meanings are.
package protocol TextEncoder: Sendable {
  var identity: EncoderIdentity { get }

  /// The files that the encoder was read from.
  var files: [String] { get }

  /// What was assumed where the model does not tell, in sentences.
  var notes: [String] { get }

  /// A vector for each of `texts`, in order; equal texts are computed once.
  ///
  /// An empty text has a vector too, that of a sequence without content. The result does not depend
  /// on `threads`.
  func embed(_ texts: [String], longText: LongText, threads: Int) throws -> [TextEmbedding]
}

extension TextEncoder {
  package var files: [String] { [] }
  package var notes: [String] { [] }
}
