package import Formats
internal import Synchronization
internal import Workers

/// The SHA-256 of files, computed once for each state of a file.
///
/// A digest is kept by the file's stamp. A file that changed so shortly before it was read that a
/// later change might leave the stamp as it is (as git calls it, a racy one) is read again next time.
package final class ContentDigests: Sendable {
  /// A digest, and the stamp of the file that it is of.
  package struct Entry: Sendable, Hashable {
    package let stamp: FileStamp
    package let sha256: String

    package init(stamp: FileStamp, sha256: String) { (self.stamp, self.sha256) = (stamp, sha256) }
  }

  private struct Looked {
    var entry: Entry?
    var isSettled: Bool
  }

  private let kept: Mutex<[String: Entry]>
  private let looked = Mutex<[String: Looked]>([:])

  /// - Parameter kept: what an earlier run found, by path.
  package init(_ kept: [String: Entry]) { self.kept = Mutex(kept) }

  /// The digest of the file at `path`; nil if there is none.
  ///
  /// Looks at the file once for each instance.
  ///
  /// - Throws: `FormatError` when the file cannot be read.
  package func digest(ofFile path: String) throws(FormatError) -> String? {
    if let looked = looked.withLock({ $0[path] }) { return looked.entry?.sha256 }
    return try look(at: path).entry?.sha256
  }

  @discardableResult private func look(at path: String) throws(FormatError) -> Looked {
    let start = FileStamp.now
    var found = Looked(entry: nil, isSettled: true)
    if let stamp = FileStamp(ofFile: path) {
      if let entry = kept.withLock({ $0[path] }), entry.stamp == stamp {
        found.entry = entry
      } else {
        found.entry = Entry(stamp: stamp, sha256: try ContentHash.sha256(ofFile: path))
        found.isSettled = stamp.isSettled(at: start)
      }
    }
    looked.withLock { $0[path] = found }
    return found
  }

  /// Says that a file was written, with this content.
  package func remember(_ entry: Entry, ofFile path: String) {
    looked.withLock { $0[path] = Looked(entry: entry, isSettled: true) }
  }

  /// Whether the file at `path` is still what ``digest(ofFile:)`` found.
  package func isUnchanged(_ path: String) -> Bool {
    guard let before = looked.withLock({ $0[path] }) else { return true }
    guard FileStamp(ofFile: path) == before.entry?.stamp else { return false }
    guard !before.isSettled, let entry = before.entry else { return true }
    return (try? ContentHash.sha256(ofFile: path)) == entry.sha256
  }

  /// What may be kept for the next run, by path.
  package var lasting: [String: Entry] {
    looked.withLock { looked in
      looked.compactMapValues { $0.isSettled ? $0.entry : nil }
    }
  }

  /// Computes the digests of `paths`, with `threads` threads.
  package func prepare(_ paths: [String], threads: Int) {
    let open = looked.withLock { looked in paths.filter { looked[$0] == nil } }
    // A file that cannot be read is reported by who needs it.
    try? parallelForEach(count: open.count, threads: threads) { _ = try? digest(ofFile: open[$0]) }
  }
}
