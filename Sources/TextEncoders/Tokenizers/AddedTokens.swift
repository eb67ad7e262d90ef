/// A set of added tokens, found in a text.
///
/// Source: `AddedVocabulary` of Hugging Face `tokenizers` 0.23.3: the earliest occurrence is taken, of
/// several at one place the longest; one that is not a word of its own, but should be, is passed.
struct AddedTokens: Sendable {
  enum Part: Equatable {
    case text(String)
    case token(Int)
  }

  private struct Pattern {
    let bytes: [UInt8]
    let id: Int
    let traits: AddedToken.Traits
  }

  /// In the order of their bytes.
  private let patterns: [Pattern]
  /// The patterns that start with each byte.
  private let starts: [Range<Int>]

  /// Of tokens with equal text the first one counts; empty ones are never found.
  init(_ tokens: [AddedToken]) {
    var patterns = tokens.enumerated()
      .map { (Pattern(bytes: Array($1.content.utf8), id: $1.id, traits: $1.traits), order: $0) }
      .filter { !$0.0.bytes.isEmpty }
    patterns.sort { a, b in
      if a.0.bytes == b.0.bytes { return a.order < b.order }
      return a.0.bytes.lexicographicallyPrecedes(b.0.bytes)
    }
    var unique: [Pattern] = []
    for (pattern, _) in patterns where pattern.bytes != unique.last?.bytes {
      unique.append(pattern)
    }
    var starts = [Range<Int>](repeating: 0..<0, count: 256)
    for (index, pattern) in unique.enumerated() {
      let first = Int(pattern.bytes[0])
      starts[first] = (starts[first].isEmpty ? index : starts[first].lowerBound)..<index + 1
    }
    (self.patterns, self.starts) = (unique, starts)
  }

  /// `text` as added tokens and the texts between them; no part is empty.
  func parts(of text: String) -> [Part] {
    guard !patterns.isEmpty else { return text.isEmpty ? [] : [.text(text)] }
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var (start, index) = (0, 0)
    func closeText(at end: Int) {
      guard start < end else { return }
      parts.append(.text(String(decoding: bytes[start..<end], as: UTF8.self)))
    }
    while index < bytes.count {
      guard let pattern = pattern(at: index, of: bytes) else {
        index += 1
        continue
      }
      let match = index..<index + pattern.bytes.count
      index = match.upperBound
      let isPassed =
        pattern.traits.contains(.singleWord) && bytes.hasWordCharacter(nextTo: match)
      guard !isPassed else { continue }
      let taken = bytes.widened(match, from: start, pattern.traits)
      closeText(at: taken.lowerBound)
      parts.append(.token(pattern.id))
      start = taken.upperBound
    }
    closeText(at: bytes.count)
    return parts
  }

  /// The longest pattern that the bytes from `index` on start with.
  private func pattern(at index: Int, of bytes: [UInt8]) -> Pattern? {
    var candidates = starts[Int(bytes[index])]
    var best: Pattern?
    var length = 1
    while let first = candidates.first {
      if patterns[first].bytes.count == length {
        best = patterns[first]
        candidates.removeFirst()
      }
      guard index + length < bytes.count else { break }
      candidates = narrowed(candidates, to: bytes[index + length], at: length)
      length += 1
    }
    return best
  }

  /// Those of `candidates`, which agree up to there and are longer, whose byte at `place` is `byte`.
  private func narrowed(_ candidates: Range<Int>, to byte: UInt8, at place: Int) -> Range<Int> {
    func firstIndex(where isPast: (UInt8) -> Bool) -> Int {
      var (low, high) = (candidates.lowerBound, candidates.upperBound)
      while low < high {
        let middle = (low + high) / 2
        if isPast(patterns[middle].bytes[place]) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    return firstIndex { $0 >= byte }..<firstIndex { $0 > byte }
  }
}

/// Questions about the UTF-8 of a text.
extension [UInt8] {
  /// Whether a character that regular expressions call `\w` stands before or after `range`.
  fileprivate func hasWordCharacter(nextTo range: Range<Int>) -> Bool {
    scalar(before: range.lowerBound)?.isWordCharacter == true
      || scalar(from: range.upperBound)?.isWordCharacter == true
  }

  /// `range` with the whitespace that a token there takes away, back to `start` at most.
  fileprivate func widened(
    _ range: Range<Int>, from start: Int, _ traits: AddedToken.Traits
  ) -> Range<Int> {
    var (lower, upper) = (range.lowerBound, range.upperBound)
    if traits.contains(.stripsLeft) {
      while lower > start, let scalar = scalar(before: lower), scalar.properties.isWhitespace {
        lower -= scalar.utf8.count
      }
    }
    if traits.contains(.stripsRight) {
      while let scalar = scalar(from: upper), scalar.properties.isWhitespace {
        upper += scalar.utf8.count
      }
    }
    return Swift.min(Swift.max(lower, start), upper)..<upper
  }

  private func scalar(from index: Int) -> Unicode.Scalar? {
    guard index < count else { return nil }
    return String(decoding: self[index..<Swift.min(index + 4, count)], as: UTF8.self)
      .unicodeScalars.first
  }

  private func scalar(before index: Int) -> Unicode.Scalar? {
    guard index > 0 else { return nil }
    var start = index - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return String(decoding: self[start..<index], as: UTF8.self).unicodeScalars.first
  }
}
