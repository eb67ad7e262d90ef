internal import Crypto
internal import Synchronization

/// The SHA-256 of a file, computed in steps that any thread may take.
package final class FileHasher: Sendable {
  /// The bytes that a step reads.
  private static let stepByteCount = 2 << 20

  private let mapping: MappedFile
  private let state = Mutex<(hasher: SHA256, position: Int)>((SHA256(), 0))

  /// How many calls of ``step()`` hash the whole file.
  package let stepCount: Int

  package init(path: String) throws(FormatError) {
    mapping = try MappedFile(path: path)
    stepCount = (mapping.byteCount + Self.stepByteCount - 1) / Self.stepByteCount
  }

  /// Hashes the next bytes; steps that meet wait for each other.
  package func step() {
    state.withLock { state in
      let end = min(state.position + Self.stepByteCount, mapping.byteCount)
      mapping.withBytes(of: state.position..<end) { bytes in
        // SAFETY: the pointer is used within the call only.
        unsafe bytes.withUnsafeBytes { unsafe state.hasher.update(bufferPointer: $0) }
      }
      mapping.release(state.position..<end)
      state.position = end
    }
  }

  /// The hash of what was read so far: of the file, after all steps.
  package var digest: String {
    state.withLock { ContentHash.hexadecimal($0.hasher.finalize()) }
  }
}
