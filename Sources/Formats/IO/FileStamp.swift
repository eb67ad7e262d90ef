internal import Glibc

/// What the file system says of a file without reading it; another content comes with another stamp,
/// but for changes within a tick of the file system's clock.
package struct FileStamp: Hashable, Sendable {
  package let byteCount: Int
  /// Of the last change of content, rights or name, in nanoseconds since 1970: the time that nobody can
  /// set, so that a file which is overwritten under its old time is noticed.
  package let modified: Int
  package let inode: Int

  package init(byteCount: Int, modified: Int, inode: Int) {
    (self.byteCount, self.modified, self.inode) = (byteCount, modified, inode)
  }

  /// The stamp of the file at `path`, links followed; nil if there is no such file.
  package init?(ofFile path: String) {
    var info = stat()
    // SAFETY: a terminated path for the length of the call, and an `info` of ours.
    guard unsafe stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    byteCount = Int(info.st_size)
    modified = Self.nanoseconds(info.st_ctim)
    inode = Int(truncatingIfNeeded: info.st_ino)
  }

  /// The time that a file would be stamped with now, in nanoseconds since 1970.
  package static var currentTick: Int {
    var time = timespec()
    // SAFETY: `time` is ours.
    unsafe clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return nanoseconds(time)
  }

  private static func nanoseconds(_ time: timespec) -> Int {
    Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec)
  }

  /// The time by the clock that file systems stamp with, in nanoseconds since 1970.
  package static var now: Int {
    var time = timespec()
    // SAFETY: `time` is ours.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return nanoseconds(time)
  }

  /// Returns when the clock of file systems has gone on from `time`; at once where that takes more than a
  /// moment.
  package static func awaitTick(after time: Int) {
    let rest = time &+ fineTick &- now
    if rest > 0, rest <= fineTick { usleep(UInt32(rest / 1000 + 1)) }
  }

  /// The kernel's clock ticks a hundred times a second or more.
  private static let fineTick = 20_000_000

  /// A file may change again without another stamp for this long: a tick of the kernel's clock; two
  /// seconds where times are whole seconds, as on FAT and some network file systems.
  private var tick: Int { modified % 1_000_000_000 == 0 ? 2_000_000_000 : Self.fineTick }

  /// Whether a change after `time` would show as another stamp.
  package func isSettled(at time: Int) -> Bool { modified &+ tick < time }
}
