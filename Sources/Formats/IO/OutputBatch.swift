internal import CSystem
internal import Glibc
internal import Synchronization

/// Files that are complete, and get their names together once all are on the disk.
///
/// The disk is asked once for all of them, which takes hardly longer than for one. A file whose
/// content is what its name already has is dropped, and the old one stays as it is.
package final class OutputBatch: Sendable {
  /// A file of the batch.
  package struct Member: Sendable, Hashable {
    /// As the caller named it.
    package let path: String
    package let byteCount: Int
    package let sha256: String
    /// Whether the file had this content before.
    package let isUnchanged: Bool
  }

  private struct Pending {
    let output: SharedOutput
    let member: Member
  }

  private let pending = Mutex<[Pending]>([])

  package init() {}

  /// Takes `output`, to whose content nothing will be added.
  ///
  /// - Throws: `FormatError` when it cannot be read back.
  func add(_ output: SharedOutput) throws(FormatError) {
    try output.file.flush()
    let content = try output.file.content()
    let member = Member(
      path: output.file.path, byteCount: content.byteCount, sha256: content.sha256,
      isUnchanged: content.isUnchanged)
    pending.withLock { $0.append(Pending(output: output, member: member)) }
  }

  package var members: [Member] { pending.withLock { $0.map(\.member) } }
  package var byteCount: Int { members.reduce(0) { $0 + $1.byteCount } }

  /// Moves the files of `other` to this batch.
  package func take(_ other: OutputBatch) {
    let taken = other.pending.withLock { pending in
      defer { pending = [] }
      return pending
    }
    pending.withLock { $0 += taken }
  }

  /// Files up to this number are asked for one by one; beyond, their file systems as a whole.
  private static let singleCount = 3

  /// Makes all files durable, and then gives them their names.
  ///
  /// - Throws: `FormatError` of kind `inputOutput` before any has its name, or of `cannotCreate`.
  package func commit() throws(FormatError) {
    let files = pending.withLock { pending in
      defer { pending = [] }
      return pending
    }
    let changed = files.filter { !$0.member.isUnchanged }.map(\.output)
    if changed.count <= Self.singleCount {
      for output in changed { try output.file.sync() }
    } else {
      var systems: Set<Int> = []
      for output in changed where systems.insert(output.file.device).inserted {
        try output.file.syncSystem()
      }
    }
    for output in changed { try output.file.rename() }
  }

  /// Makes the names of files in `folders` durable.
  package static func sync(folders: some Sequence<String>) {
    for folder in folders {
      // SAFETY: a terminated path for the length of the call.
      let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      fsync(descriptor)
      close(descriptor)
    }
  }
}

/// An output file that several may refer to: arrays and threads cannot share a value that only moves.
final class SharedOutput: Sendable {
  let file: OutputFile

  init(_ file: consuming OutputFile) { self.file = file }
}
