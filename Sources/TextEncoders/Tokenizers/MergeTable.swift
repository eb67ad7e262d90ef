internal import Formats

/// What each pair of neighbouring symbols becomes, and which pair goes first.
///
/// A hash table with linear probing; symbols are ids.
struct MergeTable: Sendable {
  struct Merge: Sendable {
    /// Of two pairs, that of the lower rank is merged first.
    let rank: UInt32
    let merged: Int32
  }

  private static let free = UInt64.max
  /// Searches are at most this long, so that no file can make them quadratic.
  private static let probeLimit = 512

  private var keys: [UInt64]
  private var merges: [Merge]
  private let shift: UInt64

  /// - Parameters:
  ///   - list: The pairs; of equal ones the last counts, as in the reference.
  ///   - vocabulary: Has all tokens of `list`, and what they become.
  ///   - file: What errors call the list.
  /// - Throws: `FormatError` when the vocabulary lacks one of them.
  init(_ list: MergeList, _ vocabulary: Vocabulary, file: String) throws(FormatError) {
    var bits: UInt64 = 4
    while 1 << bits < 2 * list.entries.count { bits += 1 }
    shift = 64 - bits
    keys = [UInt64](repeating: Self.free, count: 1 << bits)
    merges = [Merge](repeating: Merge(rank: 0, merged: 0), count: 1 << bits)
    for (rank, entry) in list.entries.enumerated() {
      func id(_ part: Range<Int>) throws(FormatError) -> Int32 {
        if let id = vocabulary.id(of: part, in: list.bytes) { return Int32(id) }
        throw FormatError(
          .unacceptable, file: file, place: "merge \(rank + 1)",
          "its token '\(excerpt(list.bytes[part]))' is not in the vocabulary")
      }
      let key = Self.key(try id(entry.left), try id(entry.right))
      guard let slot = slot(of: key) else {
        throw FormatError(
          .unacceptable, file: file,
          "is not the merges of a language: too many pairs have the same hash")
      }
      keys[slot] = key
      merges[slot] = Merge(rank: UInt32(rank), merged: try id(entry.merged))
    }
  }

  /// What becomes of `left` and `right`, if they are merged at all.
  func merge(_ left: Int32, _ right: Int32) -> Merge? {
    let key = Self.key(left, right)
    guard let slot = slot(of: key), keys[slot] == key else { return nil }
    return merges[slot]
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// The slot of `key`, or the free one where it belongs; nil if neither is near.
  private func slot(of key: UInt64) -> Int? {
    // The multiplier is 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
    var slot = Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    for _ in 0..<Self.probeLimit {
      if keys[slot] == key || keys[slot] == Self.free { return slot }
      slot = (slot + 1) & (keys.count - 1)
    }
    return nil
  }
}
