internal import CSystem
internal import Glibc
internal import Synchronization

/// The unfinished output files and folders of this process, removed when a signal stops it.
///
/// A handler may only do what is safe at any moment: it reads a fixed table of C strings
/// and calls `unlink` and `_exit`.
@safe
package enum Temporaries {
  private static let capacity = 4096
  /// Paths as C strings, owned here; nil is a free place.
  private nonisolated(unsafe) static let paths: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> =
    {
      // SAFETY: never freed; initialised before it is returned.
      let table = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: capacity)
      unsafe table.initialize(repeating: nil, count: capacity)
      return unsafe table
    }()

  /// Makes SIGINT, SIGTERM and SIGHUP remove unfinished outputs and exit with 128 + the signal.
  package static func removeOnSignals() {
    _ = unsafe paths
    // A file that grows past the limit of the process is an error like a full disk.
    signal(SIGXFSZ, SIG_IGN)
    // A signal that the caller ignores (nohup, a job in the background) stays ignored.
    for number in [SIGINT, SIGTERM, SIGHUP] where lorac_accept_signal(number) != 0 {
      // SAFETY: the handler captures nothing and calls only async-signal-safe functions.
      signal(number) { received in
        Temporaries.unlinkAll()
        _exit(128 + received)
      }
    }
  }

  /// The process that was writing the file or folder called `name`; nil if the name is no unfinished one.
  package static func process(ofUnfinished name: String) -> Int32? {
    let parts = name.split(separator: ".lorac-", omittingEmptySubsequences: false)
    guard name.hasPrefix("."), parts.count > 1, let last = parts.last else { return nil }
    let digits = last.hasSuffix("-old") ? last.dropLast(4) : last
    return Int32(digits).flatMap { $0 > 0 ? $0 : nil }
  }

  /// What the unfinished file or folder called `name` was to be called; nil if the name is no unfinished
  /// one.
  package static func finalName(ofUnfinished name: String) -> String? {
    guard process(ofUnfinished: name) != nil else { return nil }
    let parts = name.dropFirst().split(separator: ".lorac-", omittingEmptySubsequences: false)
    return parts.dropLast().joined(separator: ".lorac-")
  }

  private static func unlinkAll() {
    // What is in a folder was remembered after it, and goes first.
    for index in (0..<capacity).reversed() {
      // SAFETY: within the table; a string stays alive while its place is filled.
      if let path = unsafe paths[index], unsafe unlink(path) != 0 { unsafe rmdir(path) }
    }
  }

  /// Held while a place is filled or emptied; the handler, which may not wait, reads without it.
  private static let changes = Mutex(())

  /// Remembers `path` until ``forget(_:)``; beyond some thousands at once it is not remembered.
  static func remember(_ path: String) -> Int? {
    changes.withLock { _ in
      for index in 0..<capacity where unsafe paths[index] == nil {
        // SAFETY: strdup copies the string; the place owns the copy.
        unsafe paths[index] = unsafe strdup(path)
        return index
      }
      return nil
    }
  }

  static func forget(_ place: Int) {
    changes.withLock { _ in
      // SAFETY: the place is emptied before its string is freed.
      let path = unsafe paths[place]
      unsafe paths[place] = nil
      unsafe free(path)
    }
  }
}
