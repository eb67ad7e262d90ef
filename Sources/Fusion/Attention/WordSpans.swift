/// The phrases of a prompt that may each speak for an adapter.
package enum WordSpans {
  /// The most words in a span, but for the whole prompt.
  static let longest = 6

  /// Every run of one to six words of `prompt`, and the whole of it; each text once.
  ///
  /// Words are what white space separates. A prompt of `n` words has fewer than `6n + 1`
  /// spans. A prompt without words has itself as its one span.
  package static func texts(in prompt: String) -> [String] {
    let words = prompt.split(whereSeparator: \.isWhitespace)
    var seen: Set<String> = []
    var texts: [String] = []
    func add(_ text: String) {
      if seen.insert(text).inserted { texts.append(text) }
    }
    for start in words.indices {
      for end in start..<min(words.count, start + longest) {
        add(words[start...end].joined(separator: " "))
      }
    }
    add(words.isEmpty ? prompt : words.joined(separator: " "))
    return texts
  }
}
