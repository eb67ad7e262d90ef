/// Small repairs of texts found in files.
enum KeyText {
  /// The most characters of a description that become part of a key.
  ///
  /// About a window of the encoder; what follows in a longer one is advice on use.
  static let longestDescription = 1000

  /// `text` with white space collapsed; `nil` when nothing is left, or only what writers put for
  /// nothing.
  static func meaningful(_ text: String?) -> String? {
    guard let text else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return ["", "None", "none", "null"].contains(words) ? nil : words
  }

  /// "title: text", or `text` alone where the title says no more.
  static func titled(_ title: String, _ text: String) -> String {
    title.lowercased() == text.lowercased() ? text : "\(title): \(text)"
  }

  /// The first `longestDescription` characters of `text`, cut between words.
  static func shortened(_ text: String) -> String {
    guard
      let end = text.index(text.startIndex, offsetBy: longestDescription, limitedBy: text.endIndex),
      end < text.endIndex
    else { return text }
    let head = text[..<end]
    guard let space = head.lastIndex(of: " ") else { return String(head) }
    return String(head[..<space])
  }

  /// The words of a file's stem: separators become spaces.
  static func words(ofStem stem: String) -> String {
    let words = stem.split { "_-.+".contains($0) || $0.isWhitespace }.joined(separator: " ")
    return words.isEmpty ? stem : words
  }

  /// The name of a file without its folder and an adapter's suffixes.
  static func stem(ofPath path: String) -> String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    for suffix in [".zst", ".safetensors"]
    where name.count > suffix.count && name.lowercased().hasSuffix(suffix) {
      name.removeLast(suffix.count)
    }
    return name
  }

  /// The folder that the file or folder at `path` lies in, with a slash at its end; empty for
  /// the current one.
  static func folder(ofPath path: String) -> String {
    let trimmed = path.reversed().drop { $0 == "/" }
    return String(trimmed.drop { $0 != "/" }.reversed())
  }

  /// Phrases of a list with commas.
  static func phrases(_ list: String?) -> [String] {
    (list ?? "").split(separator: ",").compactMap { meaningful(String($0)) }
  }
}
