/// The phrases of a prompt that may each speak for an adapter.
package enum WordSpans {
  /// The longest phrase, in words.
  package static let longest = 6

  /// Words of a prompt beyond this number are in no span but the whole.
  package static let wordLimit = 256

  /// A longer word is in no span but the whole; no encoder knows it.
  private static let longestWord = 100

  /// All spans of 1 to ``longest`` consecutive words of `text`, by first word and then by length,
  /// and the whole text; of equal spans the first.
  ///
  /// Words lie between whitespace. Punctuation around a span is not part of it: "heart," gives
  /// "heart"; a span of punctuation alone is left out. At most 6 × 256 + 1 spans.
  package static func spans(of text: String) -> [String] {
    let words = text.split(whereSeparator: \.isWhitespace).prefix(wordLimit)
    var spans: [String] = []
    var seen: Set<String> = []
    func add(_ span: String) {
      if !span.isEmpty, seen.insert(span).inserted { spans.append(span) }
    }
    for start in words.indices {
      for end in start..<min(words.endIndex, start + longest) {
        guard words[end].unicodeScalars.count <= longestWord else { break }
        add(trimmed(words[start...end].joined(separator: " ")))
      }
    }
    add(text)
    return spans
  }

  private static func trimmed(_ span: String) -> String {
    var scalars = Substring(span).unicodeScalars
    while let last = scalars.last, isTrimmed(last) { scalars.removeLast() }
    while let first = scalars.first, isTrimmed(first) { scalars.removeFirst() }
    return String(scalars)
  }

  private static func isTrimmed(_ scalar: Unicode.Scalar) -> Bool {
    if ",;:!?\"'…、。，；：！？.".unicodeScalars.contains(scalar) { return true }
    switch scalar.properties.generalCategory {
    case .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
      .spaceSeparator:
      return true
    default: return false
    }
  }
}
