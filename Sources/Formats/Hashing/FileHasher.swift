internal import Crypto
internal import Synchronization

/// The SHA-256 of a file, computed in steps that any thread may take.
///
/// The file is open from the first step to the last only, so that there can be many hashers.
package final class FileHasher: Sendable {
  /// The bytes that a step reads.
  private static let stepByteCount = 2 << 20

  private let path: String
  private let byteCount: Int
  private let state = Mutex(State())

  private struct State: ~Copyable {
    var hasher = SHA256()
    var position = 0
    var mapping: MappedFile?
  }

  /// How many calls of ``step()`` hash the whole file.
  package let stepCount: Int

  package init(path: String) throws(FormatError) {
    self.path = path
    byteCount = try MappedFile(path: path).byteCount
    stepCount = (byteCount + Self.stepByteCount - 1) / Self.stepByteCount
  }

  /// Hashes the next bytes; steps that meet wait for each other.
  ///
  /// - Throws: `FormatError` when the file is gone, or has another size than before.
  package func step() throws(FormatError) {
    try state.withLock { state throws(FormatError) in
      let mapping: MappedFile
      if let open = state.mapping.take() {
        mapping = open
      } else {
        mapping = try MappedFile(path: path)
      }
      guard mapping.byteCount == byteCount else {
        throw FormatError(.inputOutput, file: path, "was changed while it was read")
      }
      let range = state.position..<min(state.position + Self.stepByteCount, byteCount)
      mapping.withBytes(of: range) { bytes in
        // SAFETY: the pointer is used within the call only.
        unsafe bytes.withUnsafeBytes { unsafe state.hasher.update(bufferPointer: $0) }
      }
      mapping.release(range)
      state.position = range.upperBound
      if range.upperBound < byteCount { state.mapping = consume mapping }
    }
  }

  /// The hash of what was read so far: of the file, after all steps.
  package var digest: String {
    state.withLock { ContentHash.hexadecimal($0.hasher.finalize()) }
  }
}
