import Building
import Formats
import Foundation
import Testing

/// Digests that are kept by the stamps of files.
@Suite struct ContentDigestTests {
  private static func withFile(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "lorac-digests-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("one".utf8).write(to: URL(fileURLWithPath: path))
    try body(path)
  }

  /// SHA-256 of `one`, by coreutils.
  private static let one = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"

  @Test func areThoseOfTheContent() throws {
    try Self.withFile { path in
      let found = try ContentDigests([:]).digest(ofFile: path)
      #expect(found == Self.one)
      let none = try ContentDigests([:]).digest(ofFile: path + ".none")
      #expect(none == nil)
    }
  }

  /// A digest of a file that changed a moment ago is not kept, as the next change may not show.
  @Test func areKeptWhenTheClockHasGoneOn() throws {
    try Self.withFile { path in
      let stamp = try #require(FileStamp(ofFile: path))
      #expect(!stamp.isSettled(at: stamp.modified))
      #expect(!stamp.isSettled(at: stamp.modified + 1_000_000))
      #expect(stamp.isSettled(at: stamp.modified + 2_500_000_000))
      let digests = ContentDigests([:])
      _ = try digests.digest(ofFile: path)
      // How long this takes is not known, but what is kept must have been settled.
      for (_, entry) in digests.lasting { #expect(entry.stamp.isSettled(at: FileStamp.now)) }
      // Longer than a tick of the clock that stamps files; two seconds where it counts seconds.
      while !stamp.isSettled(at: FileStamp.now) { usleep(10_000) }
      let later = ContentDigests([:])
      _ = try later.digest(ofFile: path)
      #expect(later.lasting[path]?.sha256 == Self.one)
      #expect(later.isUnchanged(path))
      try Data("two".utf8).write(to: URL(fileURLWithPath: path))
      #expect(!later.isUnchanged(path))
    }
  }

  @Test func aKeptDigestIsUsedForItsStampOnly() throws {
    try Self.withFile { path in
      let stamp = try #require(FileStamp(ofFile: path))
      let kept = ContentDigests.Entry(stamp: stamp, sha256: "kept")
      #expect(try ContentDigests([path: kept]).digest(ofFile: path) == "kept")
      for other in [
        FileStamp(byteCount: 4, modified: stamp.modified, inode: stamp.inode),
        FileStamp(byteCount: 3, modified: stamp.modified + 1, inode: stamp.inode),
        FileStamp(byteCount: 3, modified: stamp.modified, inode: stamp.inode + 1),
      ] {
        let entry = ContentDigests.Entry(stamp: other, sha256: "kept")
        #expect(try ContentDigests([path: entry]).digest(ofFile: path) == Self.one)
      }
    }
  }
}
