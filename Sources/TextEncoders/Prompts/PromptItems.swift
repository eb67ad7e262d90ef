/// The comma-separated items of a prompt.
struct PromptItems {
  private var items: [String]

  /// Cuts at commas; with `dividedAtKeywords` also at `BREAK` and `AND`, dropping weights behind
  /// them and before them (`a fox :1.2 AND a cat`).
  init(_ text: String, dividedAtKeywords: Bool = false) {
    items = text.split(separator: ",").flatMap { item -> [String] in
      let words = item.split(whereSeparator: \.isWhitespace)
      guard dividedAtKeywords else { return [words.joined(separator: " ")] }
      return words.filter { !Self.isWeight($0) }.split(whereSeparator: Self.isKeyword)
        .map { $0.joined(separator: " ") }
    }
    items.removeAll(where: \.isEmpty)
  }

  /// The items in one line.
  var text: String { items.joined(separator: ", ") }

  /// Whether some item, brackets aside, asks for quality in a way that only image prompts do.
  var haveQualityTag: Bool { items.count > 1 && items.contains(where: Boilerplate.isMark) }

  /// Whether every item is one word, and some are joined by underscores, as in `1girl, long_hair`.
  var areTags: Bool {
    items.count > 1 && items.contains { $0.contains("_") }
      && items.allSatisfy { item in
        item.unicodeScalars.allSatisfy { $0.isWordPart || "-'()".unicodeScalars.contains($0) }
      }
  }

  /// Drops the items that ask for quality and returns them; keeps all if nothing else is there.
  mutating func dropBoilerplate() -> [String] {
    let dropped = items.filter(Boilerplate.isBoilerplate)
    guard dropped.count < items.count else { return [] }
    items.removeAll(where: Boilerplate.isBoilerplate)
    return dropped
  }

  /// Turns underscores inside words into spaces, but for words and items that are in `exceptions`.
  mutating func spaceUnderscores(except exceptions: Set<String>) {
    items = items.map { item in
      guard !exceptions.contains(item) else { return item }
      return item.split(separator: " ").map { word in
        exceptions.contains(String(word)) ? String(word) : Self.spaced(word)
      }.joined(separator: " ")
    }
  }

  private static func spaced(_ word: Substring) -> String {
    let parts = word.split(separator: "_", omittingEmptySubsequences: false)
    let isJoined = parts.allSatisfy { $0.contains { $0.isLetter || $0.isNumber } }
    return isJoined ? parts.joined(separator: " ") : String(word)
  }

  private static func isKeyword(_ word: Substring) -> Bool {
    let parts = word.split(separator: ":", maxSplits: 1)
    guard parts.first == "BREAK" || parts.first == "AND" else { return false }
    return parts.count == 1 || Weight.isWeight(Array(parts[1].unicodeScalars)[...])
  }

  private static func isWeight(_ word: Substring) -> Bool {
    word.hasPrefix(":") && Weight.isWeight(Array(word.dropFirst().unicodeScalars)[...])
  }
}
