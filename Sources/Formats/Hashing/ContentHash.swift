internal import Crypto

/// SHA-256 of files and texts, in lower-case hexadecimal.
package enum ContentHash {
  /// The hash of the whole file at `path`, read from front to back a piece at a time.
  package static func sha256(ofFile path: String) throws(FormatError) -> String {
    sha256(of: try MappedFile(path: path))
  }

  /// The hash of the whole of `file`, whose pages are let go on the way.
  static func sha256(of file: borrowing MappedFile) -> String {
    var hasher = SHA256()
    var position = 0
    while position < file.byteCount {
      let range = position..<min(position + pieceByteCount, file.byteCount)
      file.withBytes(of: range) { hasher.update($0) }
      file.release(range)
      position = range.upperBound
    }
    return hexadecimal(hasher.finalize())
  }

  private static let pieceByteCount = 2 << 20

  package static func sha256(of bytes: [UInt8]) -> String {
    hexadecimal(SHA256.hash(data: bytes))
  }

  /// The hash of `start` and then `bytes`.
  package static func sha256(of start: [UInt8], _ bytes: RawSpan) -> String {
    var hasher = SHA256()
    hasher.update(data: start)
    hasher.update(bytes)
    return hexadecimal(hasher.finalize())
  }

  static func hexadecimal(_ digest: SHA256.Digest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
