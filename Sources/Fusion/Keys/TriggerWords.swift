/// The trigger words of one adapter, ready to be looked for.
struct TriggerWords {
  private let words: [(word: String, text: ComparableText)]

  init(_ words: [String]) {
    self.words = words.map { ($0, ComparableText($0)) }
  }

  /// The first of the words that stands in `prompt` between word boundaries, as it was given.
  func first(in prompt: ComparableText) -> String? {
    words.first { prompt.containsWord($0.text) }?.word
  }
}
