internal import Formats

/// Vectors of texts, kept in a folder between runs: a file for each encoder, text and treatment of
/// long texts.
///
/// A file's name is the SHA-256 of what it is for, and its content says so again, together with a
/// hash of itself: what is damaged, or of another program, is as if it were not there. Files appear
/// whole, so that several processes can share the folder.
package struct EmbeddingCache: Sendable {
  private let folder: String

  /// Makes the folders that are not there.
  ///
  /// - Parameter path: the folder of all caches; vectors get a folder in it.
  /// - Throws: `TextEncoderError` when a folder cannot be made.
  package init(path: String) throws(TextEncoderError) {
    folder = "\(Folder.trimmed(path))/embeddings"
    let folder = folder
    try TextEncoderError.converting { try Folder.createAll(folder) }
  }

  /// The vector of `text`, if it is kept.
  func embedding(
    of text: String, _ longText: LongText, by encoder: EncoderIdentity
  ) -> TextEmbedding? {
    let entry = EmbeddingEntry(text: text, longText: longText, encoder: encoder)
    // A file that cannot be read is a vector that is not kept.
    guard let bytes = try? Folder.bytes(ofFile: path(of: entry), limit: EmbeddingEntry.sizeLimit)
    else { return nil }
    return entry.embedding(in: bytes)
  }

  /// Keeps the vector of `text`.
  ///
  /// A disk that is full, or a folder that is not ours to write, costs later runs time, but not this
  /// run its result.
  func keep(
    _ embedding: TextEmbedding, of text: String, _ longText: LongText,
    by encoder: EncoderIdentity
  ) {
    let entry = EmbeddingEntry(text: text, longText: longText, encoder: encoder)
    try? Folder.create(Folder.split(path(of: entry)).folder)
    try? OutputFile.writeUnsynced(entry.bytes(for: embedding), to: path(of: entry))
  }

  /// Two digits of the hash are a folder, as folders with very many files are slow.
  private func path(of entry: EmbeddingEntry) -> String {
    "\(folder)/\(entry.hash.prefix(2))/\(entry.hash.dropFirst(2))"
  }
}
