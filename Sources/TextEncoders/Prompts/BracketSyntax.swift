/// Takes brackets and weights out of a prompt and keeps the words.
///
/// - `(text)`, `(text:1.3)`, `[text]`, `{text}`, nested: the text.
/// - `(text)1.3`, `(text)++`, `word++`, `word--`: the text (the marks of compel).
/// - `[a:b:0.5]`, `[a:0.5]`, `[a::0.5]`, `[a|b]`, `{a|b}`: the words of all alternatives.
/// - `\(`, `\)`, `\[`, `\]`: the bracket itself, as is any bracket without a partner.
struct BracketSyntax {
  private let text: [Unicode.Scalar]
  private var output: [Unicode.Scalar] = []
  private var open: [Group] = []

  /// A bracket that is not closed yet; positions are in `output`.
  private struct Group {
    let bracket: Unicode.Scalar
    let start: Int
    var colons: [Int] = []
    var bars: [Int] = []
  }

  private static let partners: [Unicode.Scalar: Unicode.Scalar] = [")": "(", "]": "[", "}": "{"]

  /// `text` with spaces in place of what is taken out; linear in its length.
  static func unwrapped(_ text: String) -> String {
    var syntax = BracketSyntax(text: Array(text.unicodeScalars))
    syntax.unwrap()
    var result = String.UnicodeScalarView()
    result.append(contentsOf: syntax.output)
    return String(result)
  }

  private init(text: [Unicode.Scalar]) { self.text = text }

  private mutating func unwrap() {
    var index = 0
    while index < text.count {
      let scalar = text[index]
      index += 1
      switch scalar {
      case "\\" where index < text.count && "()[]".unicodeScalars.contains(text[index]):
        output.append(text[index])
        index += 1
      case "(", "[", "{":
        open.append(Group(bracket: scalar, start: output.count))
        output.append(scalar)
      case ")", "]", "}":
        index += close(with: scalar, before: text[index...])
      case "+", "-":
        index += dropWordMark(at: index - 1)
      default:
        note(scalar)
        output.append(scalar)
      }
    }
  }

  private mutating func note(_ scalar: Unicode.Scalar) {
    guard !open.isEmpty else { return }
    if scalar == ":" { open[open.count - 1].colons.append(output.count) }
    if scalar == "|" { open[open.count - 1].bars.append(output.count) }
  }

  /// Closes the innermost group, if `bracket` fits it, and returns how much of `rest` belongs to it.
  private mutating func close(
    with bracket: Unicode.Scalar, before rest: ArraySlice<Unicode.Scalar>
  ) -> Int {
    guard let group = open.last, group.bracket == Self.partners[bracket] else {
      output.append(bracket)
      return 0
    }
    open.removeLast()
    output[group.start] = " "
    if group.bracket != "(" {
      for bar in group.bars { output[bar] = " " }
    }
    if group.bracket != "{", let colon = group.colons.last,
      Weight.isWeight(output[(colon + 1)...])
    {
      output.removeSubrange(colon...)
      if group.bracket == "[" {
        for earlier in group.colons.dropLast() { output[earlier] = " " }
      }
    }
    output.append(" ")
    return bracket == ")" ? Weight.suffixLength(rest, atLeast: 1) : 0
  }

  /// Skips `++` or `--` at the end of a word of two letters or more ("C++" and "i++" stay); returns
  /// how many characters beyond the first at `index` were used.
  private mutating func dropWordMark(at index: Int) -> Int {
    let run = text[index...].prefix { $0 == text[index] }
    let next = index + run.count < text.count ? text[index + run.count] : " "
    let isWord = output.count >= 2 && output.suffix(2).allSatisfy(\.isWordPart)
    if run.count < 2 || !isWord || next.isWordPart { output.append(contentsOf: run) }
    return run.count - 1
  }
}
