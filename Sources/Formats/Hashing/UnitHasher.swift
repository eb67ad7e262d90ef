internal import Crypto

/// The SHA-256 of bytes that are computed a unit at a time, as they would be written.
package struct UnitHasher {
  private var hasher = SHA256()
  private let buffer = UnitBuffer()

  package init() {}

  /// Adds the `byteCount` bytes that `fill` computes.
  package mutating func add(
    byteCount: Int, _ fill: (UnitBuffer) throws -> Void
  ) throws {
    try buffer.prepare(count: byteCount, at: 0)
    try fill(buffer)
    buffer.withRawBytes(of: 0..<byteCount) { hasher.update($0) }
  }

  /// The hash of all bytes so far.
  package var digest: String { ContentHash.hexadecimal(hasher.finalize()) }
}
