/// A text in lines that fit: divided at spaces, and within words that are longer than a line.
struct WrappedText {
  /// At least one.
  private(set) var lines: [String] = []
  /// What lines beyond the limit would hold.
  private(set) var rest: Substring = ""

  /// Takes time as long as the lines, whatever follows them.
  init(_ text: String, width limit: Int, lineLimit: Int = .max) {
    var (start, index, width) = (text.startIndex, text.startIndex, 0)
    var space: String.Index?
    while index < text.endIndex {
      let (character, next) = (text[index], text.index(after: index))
      width += character.terminalWidth
      if width > limit, index > start {
        let end = character == " " ? index : space ?? index
        lines.append(String(text[start..<end]))
        start = text[end] == " " ? text.index(after: end) : end
        guard lines.count < lineLimit else {
          rest = text[start...]
          return
        }
        width = text[start..<next].reduce(0) { $0 + $1.terminalWidth }
        space = nil
      } else if character == " ", index > start {
        space = index
      }
      index = next
    }
    if start < text.endIndex || lines.isEmpty { lines.append(String(text[start...])) }
  }
}
