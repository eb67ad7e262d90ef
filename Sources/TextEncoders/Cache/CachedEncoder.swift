/// An encoder that remembers its vectors in a folder.
package struct CachedEncoder: TextEncoder {
  private let encoder: any TextEncoder
  private let cache: EmbeddingCache

  package init(_ encoder: any TextEncoder, _ cache: EmbeddingCache) {
    (self.encoder, self.cache) = (encoder, cache)
  }

  package var identity: EncoderIdentity { encoder.identity }
  package var files: [String] { encoder.files }
  package var notes: [String] { encoder.notes }

  /// A vector for each of `texts`; only those that are not kept are computed.
  ///
  /// Each is computed alone: beside other texts, the last bits of a vector may be others, and what
  /// a run gives must not depend on what an earlier one left.
  package func embed(
    _ texts: [String], longText: LongText, threads: Int
  ) throws -> [TextEmbedding] {
    // By their bytes, as `String`s are equal that tokenizers tell apart.
    var places: [[UInt8]: Int] = [:]
    var different: [String] = []
    let order = texts.map { text in
      let bytes = Array(text.utf8)
      let place = places[bytes] ?? different.count
      if place == different.count { different.append(text) }
      places[bytes] = place
      return place
    }
    let found = try different.map { text in
      if let kept = cache.embedding(of: text, longText, by: identity) { return kept }
      let embedding = try encoder.embed([text], longText: longText, threads: threads)[0]
      cache.keep(embedding, of: text, longText, by: identity)
      return embedding
    }
    return order.map { found[$0] }
  }
}
