/// Reading HTML as text.
enum PlainText {
  private static let entities: [(name: String, text: String)] = [
    ("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"),
    ("&amp;", "&"),
  ]

  /// `html` without tags, comments and the commonest entities, its white space collapsed.
  ///
  /// A tag starts with `<` and a letter, `/` or `!`, and ends at the next `>`; any other `<`
  /// is text. A tag leaves a space, as most end a line or a list item. `O(n)`.
  static func strippingTags(_ html: String) -> String {
    var text = String.UnicodeScalarView()
    let scalars = Array(html.unicodeScalars)
    var index = 0
    // Beyond the last ">" no tag can end, so none is looked for.
    let lastEnd = scalars.lastIndex(of: ">") ?? -1
    while index < scalars.count {
      if scalars[index] == "<", index < lastEnd, startsTag(scalars[index + 1]) {
        while scalars[index] != ">" { index += 1 }
        text.append(" ")
      } else {
        text.append(scalars[index])
      }
      index += 1
    }
    return decodingEntities(String(text)).split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
  }

  private static func startsTag(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "/" || scalar == "!" || (scalar.isASCII && scalar.properties.isAlphabetic)
  }

  private static func decodingEntities(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var result = text
    for (name, replacement) in entities {
      result = result.split(separator: name, omittingEmptySubsequences: false)
        .joined(separator: replacement)
    }
    return result
  }
}
