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

  private let table: TokenTable
  /// Index + 1 of the entry in each slot, 0 where the slot is free.
  private var slots: [Int32]
  private let longest: Int
  let highestId: Int

  /// Searches are at most this long, so that no file can make them quadratic; those of a fair hash
  /// stay below a hundred.
  private static let probeLimit = 512

  /// - Throws: `FormatError` about `file` when there are too many tokens, or one is repeated.
  init(
    _ table: TokenTable, file: String, repetition: Repetition
  ) throws(FormatError) {
    guard table.entries.count <= TokenTable.countLimit else {
      throw FormatError(
        .unacceptable, file: file,
        "lists \(table.entries.count) tokens; at most \(TokenTable.countLimit) are read")
    }
    self.table = table
    longest = table.entries.reduce(0) { max($0, $1.range.count) }
    highestId = table.highestId
    var capacity = 16
    while capacity < 2 * table.entries.count { capacity *= 2 }
    slots = [Int32](repeating: 0, count: capacity)
    for index in table.entries.indices {
      let range = table.entries[index].range
      guard let slot = slot(of: range, in: table.bytes, after: [], hash: hash(range, table.bytes))
      else {
        throw FormatError(.unacceptable, file: file, "its tokens are not those of a language")
      }
      if slots[slot] != 0, repetition == .refused {
        throw FormatError(
          .unacceptable, file: file, "lists the token '\(token(at: index))' twice")
      }
      slots[slot] = Int32(index) + 1
    }
  }

  private func token(at index: Int) -> String {
    String(decoding: table.bytes[table.entries[index].range].prefix(60), as: UTF8.self)
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
    guard let slot = slot(of: part, in: text, after: prefix, hash: hash), slots[slot] != 0
    else { return nil }
    return Int(table.entries[Int(slots[slot]) - 1].id)
  }

  /// The slot of the token `prefix + text[part]`, or the free slot where it belongs; nil if neither
  /// is near.
  private func slot(
    of part: Range<Int>, in text: [UInt8], after prefix: [UInt8], hash: Hash
  ) -> Int? {
    var slot = hash.index(below: slots.count)
    for _ in 0..<Self.probeLimit {
      guard slots[slot] != 0 else { return slot }
      let token = table.entries[Int(slots[slot]) - 1].range
      if token.count == prefix.count + part.count, matches(token, prefix, text, part) {
        return slot
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func matches(
    _ token: Range<Int>, _ prefix: [UInt8], _ text: [UInt8], _ part: Range<Int>
  ) -> Bool {
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
  private var value: UInt32 = 2_166_136_261

  mutating func add(_ byte: UInt8) { value = (value ^ UInt32(byte)) &* 16_777_619 }

  /// A slot number below `capacity`, a power of two; high bits are mixed into the low ones.
  func index(below capacity: Int) -> Int { Int(value ^ value >> 15) & (capacity - 1) }
}
