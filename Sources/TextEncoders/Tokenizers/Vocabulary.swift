/// The tokens of a vocabulary, found by their UTF-8 bytes.
///
/// Swift compares `String`s by canonical equivalence, tokenizers by code points; a dictionary keyed
/// by `String` would confuse tokens. So this is a hash table over the file's bytes themselves (FNV-1a,
/// linear probing). Building it copies no token, which matters at 30,000 of them.
struct Vocabulary: Sendable {
  private let bytes: [UInt8]
  /// Where each token lies in `bytes`; the index is the id.
  private let ranges: [Range<Int>]
  /// Id + 1 of the token in each slot, 0 where the slot is free.
  private var slots: [Int32]
  private let longest: Int

  /// Reads a `vocab.txt`: one token per line, whose number from 0 on is the id.
  ///
  /// Lines end in LF or CR LF and in nothing else; U+2028 and its like may be part of a token.
  /// Of equal tokens the last one counts.
  init(lines file: [UInt8]) {
    bytes = file
    ranges = Self.lines(of: file)
    longest = ranges.reduce(0) { max($0, $1.count) }
    var capacity = 16
    while capacity < 2 * ranges.count { capacity *= 2 }
    slots = [Int32](repeating: 0, count: capacity)
    for (id, range) in ranges.enumerated() {
      var hash = Hash()
      for byte in bytes[range] { hash.add(byte) }
      slots[slot(of: range, in: bytes, after: [], hash: hash)] = Int32(id) + 1
    }
  }

  var count: Int { ranges.count }

  /// The id of the token that is exactly `token`.
  func id(of token: String) -> Int? {
    let text = Array(token.utf8)
    var hash = Hash()
    for byte in text { hash.add(byte) }
    return entry(text.indices, in: text, after: [], hash: hash)
  }

  /// The longest token that equals `prefix` and a beginning of `text[range]`, if there is one.
  ///
  /// `end` is where that beginning ends.
  ///
  /// Its cost is bounded by the longest token, not by `range`.
  func longestToken(
    in text: [UInt8], _ range: Range<Int>, after prefix: [UInt8]
  ) -> (id: Int, end: Int)? {
    var hash = Hash()
    for byte in prefix { hash.add(byte) }
    var best: (id: Int, end: Int)?
    let limit = min(range.upperBound, range.lowerBound + max(0, longest - prefix.count))
    for index in range.lowerBound..<limit {
      hash.add(text[index])
      let part = range.lowerBound..<index + 1
      if let id = entry(part, in: text, after: prefix, hash: hash) { best = (id, index + 1) }
    }
    return best
  }

  private func entry(
    _ part: Range<Int>, in text: [UInt8], after prefix: [UInt8], hash: Hash
  ) -> Int? {
    let found = Int(slots[slot(of: part, in: text, after: prefix, hash: hash)])
    return found == 0 ? nil : found - 1
  }

  /// The slot of the token `prefix + text[part]`, or the free slot where it belongs.
  private func slot(
    of part: Range<Int>, in text: [UInt8], after prefix: [UInt8], hash: Hash
  ) -> Int {
    var slot = hash.index(below: slots.count)
    while slots[slot] != 0 {
      let token = bytes[ranges[Int(slots[slot]) - 1]]
      if token.count == prefix.count + part.count, token.starts(with: prefix),
        token.dropFirst(prefix.count).elementsEqual(text[part])
      {
        return slot
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private static func lines(of file: [UInt8]) -> [Range<Int>] {
    let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var ranges: [Range<Int>] = []
    var start = 0
    func close(at end: Int) {
      let hasReturn = end > start && file[end - 1] == carriageReturn
      ranges.append(start..<(hasReturn ? end - 1 : end))
      start = end + 1
    }
    for (index, byte) in file.enumerated() where byte == lineFeed { close(at: index) }
    if start < file.count { close(at: file.count) }
    return ranges
  }
}

/// The 32-bit FNV-1a hash of a byte sequence, a byte at a time.
private struct Hash {
  private var value: UInt32 = 2_166_136_261

  mutating func add(_ byte: UInt8) { value = (value ^ UInt32(byte)) &* 16_777_619 }

  /// A slot number below `capacity`, a power of two; high bits are mixed into the low ones.
  func index(below capacity: Int) -> Int { Int(value ^ value >> 15) & (capacity - 1) }
}
