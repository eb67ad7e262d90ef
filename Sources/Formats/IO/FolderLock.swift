internal import Glibc

/// A lock that one process at a time holds, or several that share it; the end of the process frees it.
package final class FolderLock: Sendable {
  /// Who may hold the lock at the same time.
  package enum Sharing: Sendable { case exclusive, shared }

  private let descriptor: CInt

  /// Takes the lock file at `path`, which stays when the lock is freed.
  ///
  /// - Parameters:
  ///   - path: a file that is made if it is not there.
  ///   - sharing: with whom.
  ///   - timeout: how long to wait for others, in seconds; nil for as long as it takes.
  ///   - onWait: called once when somebody else has it.
  /// - Throws: `FormatError` of kind `busy` when the time is over, `cannotCreate` when there can be no
  ///   such file.
  package init(
    path: String, _ sharing: Sharing, timeout: Double?, onWait: () -> Void
  ) throws(FormatError) {
    // SAFETY: a terminated path for the length of the call.
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .lastSystemError(.cannotCreate, file: path, doing: "cannot create the lock")
    }
    do {
      try Self.take(
        descriptor, sharing == .exclusive ? LOCK_EX : LOCK_SH, path: path, timeout: timeout,
        onWait: onWait)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  private static func take(
    _ descriptor: CInt, _ operation: CInt, path: String, timeout: Double?, onWait: () -> Void
  ) throws(FormatError) {
    let start = ContinuousClock.now
    var isWaiting = false
    while flock(descriptor, operation | LOCK_NB) != 0 {
      // A file system without locks has nobody to wait for that could be known.
      guard errno == EWOULDBLOCK || errno == EINTR else { return }
      if !isWaiting { onWait() }
      isWaiting = true
      if let timeout, ContinuousClock.now - start >= .seconds(timeout) {
        throw FormatError(
          .busy, file: path, "another process holds the lock",
          remedy: "try again when it has ended, or wait longer with --lock-timeout")
      }
      usleep(20_000)
    }
  }

  deinit { close(descriptor) }
}
