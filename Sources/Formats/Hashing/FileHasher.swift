internal import Crypto
internal import Synchronization

/// The SHA-256 of an open file as it lies on disk, computed in steps that any thread may take.
///
/// Reads through the file's own mapping: what others have just read from it need not be mapped again.
package final class FileHasher: Sendable {
  /// The bytes that a step reads.
  private static let stepByteCount = 2 << 20

  private let file: SafetensorsFile
  private let trailByteCount: Int
  private let state = Mutex(State())

  private struct State {
    var hasher = SHA256()
    var position = 0
  }

  /// How many calls of ``step()`` hash the whole file.
  package let stepCount: Int

  /// The `trailByteCount` bytes behind a step stay mapped, for those who read the same part a little
  /// later.
  package init(_ file: SafetensorsFile, trailByteCount: Int) {
    self.file = file
    self.trailByteCount = trailByteCount
    stepCount = (file.byteCount + Self.stepByteCount - 1) / Self.stepByteCount
  }

  /// Hashes the next bytes; steps that meet wait for each other.
  package func step() {
    state.withLock { state in
      let range = state.position..<min(state.position + Self.stepByteCount, file.byteCount)
      file.withStoredBytes(of: range) { state.hasher.update($0) }
      state.position = range.upperBound
      let isLast = range.upperBound == file.byteCount
      let released = max(0, range.lowerBound - trailByteCount)
      file.releaseStored(
        released..<(isLast ? range.upperBound : max(0, range.upperBound - trailByteCount)))
    }
  }

  /// The hash of what was read so far: of the file, after all steps.
  package var digest: String {
    state.withLock { ContentHash.hexadecimal($0.hasher.finalize()) }
  }
}

extension SHA256 {
  mutating func update(_ bytes: RawSpan) {
    // SAFETY: the pointer is used within the call only.
    unsafe bytes.withUnsafeBytes { unsafe update(bufferPointer: $0) }
  }
}
