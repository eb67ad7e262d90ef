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
    var found = different.map { cache.embedding(of: $0, longText, by: identity) }
    let missing = found.indices.filter { found[$0] == nil }
    let computed = try encoder.embed(
      missing.map { different[$0] }, longText: longText, threads: threads)
    for (index, embedding) in zip(missing, computed) {
      found[index] = embedding
      cache.keep(embedding, of: different[index], longText, by: identity)
    }
    let embeddings = found.compactMap(\.self)
    return order.map { embeddings[$0] }
  }
}
