import Formats

extension Character {
  /// The columns that the character takes on a terminal: two for wide East Asian ones and emoji.
  var terminalWidth: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    return switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}

extension String {
  /// The columns that the text takes on a terminal.
  var terminalWidth: Int {
    isPrintableASCII ? utf8.count : reduce(0) { $0 + $1.terminalWidth }
  }

  /// The text cut to `limit` columns, with an ellipsis where something is gone.
  func truncated(to limit: Int) -> String {
    var (width, end) = (0, startIndex)
    for (index, character) in zip(indices, self) {
      width += character.terminalWidth
      guard width <= limit else { return self[..<end] + "…" }
      if width < limit { end = self.index(after: index) }
    }
    return self
  }

  /// The text cut in its middle to `limit` columns: the end of a module's name tells as much as its
  /// start.
  func shortenedInside(to limit: Int) -> String {
    let text = printable(withoutMiddle(over: 8 * max(limit, 0)))
    guard text.terminalWidth > limit, limit > 3 else { return text }
    var head = Substring(text.truncated(to: limit / 2 + 1))
    if head.last == "…" { head.removeLast() }
    var (width, start) = (0, text.endIndex)
    while start > text.startIndex {
      let before = text.index(before: start)
      width += text[before].terminalWidth
      guard width < limit - limit / 2 else { break }
      start = before
    }
    return head + "…" + text[start...]
  }

  /// The columns that the name of a tensor, a module or a metadata entry takes in a page at most.
  static let nameLimit = 200

  /// The text as the name of something in a page.
  ///
  /// Names come from files, and may be as long as these; documents have them whole.
  var pageName: String { shortenedInside(to: Self.nameLimit) }

  /// The text without its middle where it is of more than `limit` scalars.
  ///
  /// Scalars, as a character may consist of any number of them; and first of all, so that the time of
  /// what follows does not depend on the length.
  func withoutMiddle(over limit: Int) -> String {
    guard utf8.count > limit,
      unicodeScalars.index(startIndex, offsetBy: limit + 1, limitedBy: endIndex) != nil
    else { return self }
    return String(unicodeScalars.prefix(limit / 2)) + "…"
      + String(unicodeScalars.suffix(limit / 2))
  }

  /// The text in lines of at most `limit` columns, divided at spaces, and within words that are
  /// longer.
  func wrapped(to limit: Int) -> [String] { WrappedText(self, width: limit).lines }
}
