internal import Formats

/// The tokens of a vocabulary, found by their UTF-8 bytes.
///
/// Swift compares `String`s by canonical equivalence, tokenizers by code points; a dictionary keyed
/// by `String` would confuse tokens. So this is a hash table over the file's bytes themselves (FNV-1a,
/// linear probing). Building it copies no token, which matters at 30,000 of them.
struct Vocabulary: Sendable {
  /// What is done about a token that is listed twice.
  enum Repetition {
    /// The last one counts, as in the reference's reading of `vocab.txt`.
    case lastCounts
    case refused
  }

  /// The place of an entry, with its hash, so that others are told apart without a look at them.
  private struct Slot {
    var hash: UInt32 = 0
    /// The index in the table + 1; 0 where the slot is free.
    var entry: Int32 = 0
  }

  private let table: TokenTable
  private var slots: [Slot]
  private let longest: Int
  let highestId: Int

  /// Searches are at most this long, so that no file can make them quadratic; those of a fair hash
  /// stay below a hundred.
  private static let probeLimit = 512

  /// - Throws: `FormatError` about `file` when a token is repeated, or too many have one hash.
  init(
    _ table: TokenTable, file: String, repetition: Repetition
  ) throws(FormatError) {
    self.table = table
    longest = table.entries.reduce(0) { max($0, $1.range.count) }
    highestId = table.highestId
    var capacity = 16
    while capacity < 2 * table.entries.count { capacity *= 2 }
    slots = [Slot](repeating: Slot(), count: capacity)
    for index in table.entries.indices {
      let range = table.entries[index].range
      let hash = hash(range, table.bytes)
      guard let slot = slot(of: range, in: table.bytes, after: [], hash: hash) else {
        throw FormatError(
          .unacceptable, file: file,
          "is not the vocabulary of a language: too many tokens have the same hash")
      }
      if slots[slot].entry != 0, repetition == .refused {
        throw FormatError(
          .unacceptable, file: file, "lists the token '\(excerpt(table.bytes[range]))' twice")
      }
      slots[slot] = Slot(hash: hash.value, entry: Int32(index) + 1)
    }
  }

  /// The id of the token that is exactly `token`.
  func id(of token: String) -> Int? {
    let text = Array(token.utf8)
    return id(of: text.indices, in: text)
  }

  /// The id of the token that is exactly `text[part]`.
  func id(of part: Range<Int>, in text: [UInt8]) -> Int? {
    entry(part, in: text, after: [], hash: hash(part, text))
  }

  /// The longest token that equals `prefix` and a beginning of `text[range]`, if there is one.
  ///
  /// `end` is where that beginning ends.
  ///
  /// Its cost is bounded by the longest token, not by `range`.
  func longestToken(
    in text: [UInt8], _ range: Range<Int>, after prefix: [UInt8]
  ) -> (id: Int, end: Int)? {
    var hash = hash(prefix.indices, prefix)
    var best: (id: Int, end: Int)?
    let limit = min(range.upperBound, range.lowerBound + max(0, longest - prefix.count))
    for index in range.lowerBound..<limit {
      hash.add(text[index])
      let part = range.lowerBound..<index + 1
      if let id = entry(part, in: text, after: prefix, hash: hash) { best = (id, index + 1) }
    }
    return best
  }

  private func hash(_ part: Range<Int>, _ text: [UInt8]) -> Hash {
    var hash = Hash()
    for index in part { hash.add(text[index]) }
    return hash
  }

  private func entry(
    _ part: Range<Int>, in text: [UInt8], after prefix: [UInt8], hash: Hash
  ) -> Int? {
    guard let slot = slot(of: part, in: text, after: prefix, hash: hash) else { return nil }
    let entry = Int(slots[slot].entry)
    return entry == 0 ? nil : Int(table.entries[entry - 1].id)
  }

  /// The slot of the token `prefix + text[part]`, or the free slot where it belongs; nil if neither
  /// is near.
  private func slot(
    of part: Range<Int>, in text: [UInt8], after prefix: [UInt8], hash: Hash
  ) -> Int? {
    var slot = hash.index(below: slots.count)
    for _ in 0..<Self.probeLimit {
      let found = slots[slot]
      guard found.entry != 0 else { return slot }
      if found.hash == hash.value, matches(Int(found.entry) - 1, prefix, text, part) {
        return slot
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func matches(
    _ index: Int, _ prefix: [UInt8], _ text: [UInt8], _ part: Range<Int>
  ) -> Bool {
    let token = table.entries[index].range
    guard token.count == prefix.count + part.count else { return false }
    for index in prefix.indices where table.bytes[token.lowerBound + index] != prefix[index] {
      return false
    }
    let offset = token.lowerBound + prefix.count - part.lowerBound
    for index in part where table.bytes[offset + index] != text[index] { return false }
    return true
  }
}

/// The 32-bit FNV-1a hash of a byte sequence, a byte at a time.
private struct Hash {
  private(set) var value: UInt32 = 2_166_136_261

  mutating func add(_ byte: UInt8) { value = (value ^ UInt32(byte)) &* 16_777_619 }

  /// A slot number below `capacity`, a power of two.
  ///
  /// The multiplier is 2^32 divided by the golden ratio (Knuth, volume 3, section 6.4): the low bits
  /// of the hash alone would fill the table in clusters.
  func index(below capacity: Int) -> Int {
    Int((value &* 0x9E37_79B1) >> UInt32(32 - capacity.trailingZeroBitCount))
  }
}
