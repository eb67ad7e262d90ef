/// The part of a web UI's image description that is not the prompt: the lines from
/// `Negative prompt: …` or `Steps: 20, …` on.
struct GenerationParameters {
  /// The text before those lines.
  let promptPart: String
  /// Whether there are such lines, with a prompt before them.
  let areCut: Bool

  init(in text: String) {
    let start = text.split(whereSeparator: \.isNewline)
      .first(where: Self.isParameterLine)?.startIndex
    let prompt = text[..<(start ?? text.endIndex)]
    areCut = start != nil && prompt.contains { !$0.isWhitespace }
    promptPart = areCut ? String(prompt) : text
  }

  private static func isParameterLine(_ line: Substring) -> Bool {
    if line.hasPrefix("Negative prompt:") { return true }
    guard line.hasPrefix("Steps: ") else { return false }
    let rest = line.dropFirst("Steps: ".count)
    let number = rest.prefix { $0.isASCII && $0.isNumber }
    return !number.isEmpty && rest.dropFirst(number.count).first == ","
  }
}
