internal import Formats

/// The content of one file of an ``EmbeddingCache``.
///
///     lorac embedding 1 \n
///     hash of what it is for \n
///     hash of what follows \n
///     tokens, windows: UInt64; the vector: Float32 (all little-endian)
struct EmbeddingEntry {
  private static let title = "lorac embedding 1\n"
  private static let hashLength = 64
  /// More than any encoder's vector has.
  static let sizeLimit = 1 << 20

  /// The SHA-256 of the encoder's id, the treatment of long texts, and the text.
  let hash: String
  private let dimension: Int

  init(text: String, longText: LongText, encoder: EncoderIdentity) {
    // An id has no line break.
    let subject = "\(encoder.id)\n\(longText.rawValue)\n\(text)"
    hash = ContentHash.sha256(of: Array(subject.utf8))
    dimension = encoder.dimension
  }

  func bytes(for embedding: TextEmbedding) -> [UInt8] {
    var content: [UInt8] = []
    for number in [embedding.tokens, embedding.windows] {
      content += (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    for element in embedding.vector {
      content += (0..<4).map { UInt8(truncatingIfNeeded: element.bitPattern >> (8 * UInt32($0))) }
    }
    return Array("\(Self.title)\(hash)\n\(ContentHash.sha256(of: content))\n".utf8) + content
  }

  /// The vector that `bytes` hold, if they are a sound entry for the same text and encoder.
  func embedding(in bytes: [UInt8]) -> TextEmbedding? {
    let headCount = Self.title.utf8.count + 2 * (Self.hashLength + 1)
    guard bytes.count == headCount + 16 + 4 * dimension else { return nil }
    let content = Array(bytes[headCount...])
    let head = "\(Self.title)\(hash)\n\(ContentHash.sha256(of: content))\n"
    guard bytes.prefix(headCount).elementsEqual(head.utf8) else { return nil }
    func number(at offset: Int, byteCount: Int) -> UInt64 {
      (0..<byteCount).reduce(0) { $0 | UInt64(content[offset + $1]) << (8 * UInt64($1)) }
    }
    guard let tokens = Int(exactly: number(at: 0, byteCount: 8)),
      let windows = Int(exactly: number(at: 8, byteCount: 8))
    else { return nil }
    let vector = (0..<dimension).map { index in
      Float(bitPattern: UInt32(truncatingIfNeeded: number(at: 16 + 4 * index, byteCount: 4)))
    }
    guard vector.allSatisfy(\.isFinite) else { return nil }
    return TextEmbedding(vector: vector, tokens: tokens, windows: windows)
  }
}
