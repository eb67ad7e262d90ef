/// What to do with a text that is longer than the encoder's sequences.
package enum LongText: String, CaseIterable, Sendable {
  /// Embed it in windows and average their vectors.
  case chunk
  /// Embed its beginning.
  case truncate
}

/// A text as a vector.
package struct TextEmbedding: Hashable, Sendable {
  /// A vector of length 1.
  package let vector: [Float]
  /// The number of the text's tokens, without those that frame a sequence, also those cut off.
  package let tokens: Int
  /// The number of sequences that were averaged; 1 unless the text was long.
  package let windows: Int

  package init(vector: [Float], tokens: Int, windows: Int) {
    (self.vector, self.tokens, self.windows) = (vector, tokens, windows)
  }

  /// The cosine of the angle between two vectors of one encoder.
  package func cosine(with other: TextEmbedding) -> Double {
    zip(vector, other.vector).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
