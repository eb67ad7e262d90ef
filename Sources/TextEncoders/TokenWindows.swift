/// Cuts the tokens of a long text into windows that fit an encoder's sequences.
struct TokenWindows {
  /// The most tokens in a window.
  let limit: Int
  /// Tokens after which a window had better end.
  let phraseEnds: Set<Int>

  /// A phrase's end is looked for in this many tokens at a window's end.
  private static let margin = 20

  /// The windows of `tokens`, in order, without overlap; one empty window if there are none.
  ///
  /// A window that has to be cut ends after the last comma or period among its final 20 tokens, or
  /// where it is full if there is none.
  func windows(of tokens: [Int]) -> [Range<Int>] {
    var windows: [Range<Int>] = []
    var start = 0
    while tokens.count - start > limit {
      let full = start + limit
      let last = tokens[full - min(Self.margin, limit)..<full].lastIndex(where: phraseEnds.contains)
      let end = last.map { $0 + 1 } ?? full
      windows.append(start..<end)
      start = end
    }
    if start < tokens.count || windows.isEmpty { windows.append(start..<tokens.count) }
    return windows
  }
}
