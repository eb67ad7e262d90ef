/// Items of a prompt that ask for quality and say nothing about the picture.
enum Boilerplate {
  /// Items that occur in image prompts only.
  private static let marks: Set<String> = [
    "masterpiece", "best quality", "highly detailed", "ultra detailed", "absurdres", "highres",
    "sharp focus", "trending on artstation", "very aesthetic",
  ]
  /// Items that also occur in lists about something else.
  private static let others: Set<String> = [
    "high quality", "highest quality", "4k", "8k", "hdr", "uhd", "award winning", "newest",
  ]
  private static let taggers = ["source_", "rating_"]

  static func isBoilerplate(_ item: String) -> Bool {
    isMark(item) || others.contains(normalized(item))
  }

  /// Whether `item` shows that the text around it is a prompt for an image generator.
  static func isMark(_ item: String) -> Bool {
    let name = normalized(item)
    return marks.contains(name) || isTag(item.lowercased()) || isScore(name, of: item)
  }

  /// Lower-case, with spaces for `_` and `-`, without brackets around.
  private static func normalized(_ item: String) -> String {
    var name = item.lowercased()[...]
    while let first = name.first, "([{ ".contains(first) { name.removeFirst() }
    while let last = name.last, ")]}. ".contains(last) { name.removeLast() }
    return String(name.map { $0 == "_" || $0 == "-" ? " " : $0 })
  }

  /// `source_…` or `rating_…`, in one word.
  private static func isTag(_ item: String) -> Bool {
    taggers.contains { item.hasPrefix($0) && item.count > $0.count } && !item.contains(" ")
  }

  /// `score_9` or `score_8_up`.
  private static func isScore(_ name: String, of item: String) -> Bool {
    let words = name.split(separator: " ")
    guard item.contains("_"), words.count >= 2, words[0] == "score" else { return false }
    let hasNumber = words[1].allSatisfy { $0.isASCII && $0.isNumber }
    return hasNumber && (words.count == 2 || words.count == 3 && words[2] == "up")
  }
}
