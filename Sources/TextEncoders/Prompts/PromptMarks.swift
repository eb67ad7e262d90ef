/// Finds bracket syntax that ordinary text does not have: `(fox:1.2)`, `(a fox)1.2`, `(a fox)++`,
/// `[fox:cat:0.5]`.
///
/// To leave prose, code and formulas alone, a weight must have a decimal point, must not follow a
/// digit ("16:9.5"), and the bracket must not follow a word, as in a call or an index.
enum PromptMarks {
  static func occur(in text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    var open: [(bracket: Unicode.Scalar, isFree: Bool)] = []
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "(", "[":
        let previous = index > 0 ? scalars[index - 1] : " "
        open.append((scalar, !previous.isWordPart && !")]\\".unicodeScalars.contains(previous)))
      case ")", "]":
        guard let opening = open.popLast(), opening.isFree,
          opening.bracket == (scalar == ")" ? "(" : "[")
        else { continue }
        if endsInWeight(scalars[..<index]) { return true }
        if scalar == ")", Weight.suffixLength(scalars[(index + 1)...], atLeast: 2) > 0 {
          return true
        }
      default: break
      }
    }
    return false
  }

  /// Whether `content`, which a bracket closes, ends in `:1.2` that follows no digit.
  private static func endsInWeight(_ content: ArraySlice<Unicode.Scalar>) -> Bool {
    let number = content.suffix(Weight.longest).reversed().prefix { $0 != ":" }
    let colon = content.endIndex - number.count - 1
    guard colon > 0, content[colon] == ":", !content[colon - 1].isDigit else { return false }
    return Weight.isWeight(content[(colon + 1)...], withPoint: true)
  }
}
