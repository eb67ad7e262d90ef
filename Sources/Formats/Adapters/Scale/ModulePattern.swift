/// A key of PEFT's `rank_pattern` and `alpha_pattern`: a name, or a regular expression.
///
/// It matches a path that it describes from some dot, or from the start, to the end:
/// `(.*\.)?(KEY)$`. Source: PEFT 0.21, `get_pattern_key`.
struct ModulePattern: Sendable {
  private enum Form: Sendable {
    /// No character has a meaning of its own but the dot, which stands for itself.
    case suffix(String)
    case expression(String)
  }

  private let form: Form
  private static let lengthLimit = 512

  /// Nil if `key` is not a regular expression, or is one that could take forever.
  init?(_ key: String) {
    guard key.utf8.count <= Self.lengthLimit else { return nil }
    if key.utf8.allSatisfy({
      $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
        || Self.isAlphanumeric($0)
    }) {
      form = .suffix(key)
      return
    }
    let expression = "(?:.*\\.)?(?:\(key))"
    guard !Self.nestsRepetition(key), (try? Regex(expression)) != nil else { return nil }
    form = .expression(expression)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// Whether a repeated group of `key` holds a repetition, whose matching can be exponential.
  private static func nestsRepetition(_ key: String) -> Bool {
    var (open, previous): ([Bool], Character) = ([], " ")
    var closedWithRepetition = false
    for character in key {
      let isRepetition = previous != "\\" && "*+{".contains(character)
      if isRepetition {
        if previous == ")", closedWithRepetition { return true }
        open = open.map { _ in true }
      } else if previous != "\\", character == "(" {
        open.append(false)
      } else if previous != "\\", character == ")" {
        closedWithRepetition = open.popLast() ?? false
      }
      previous = previous == "\\" ? " " : character
    }
    return false
  }

  func matches(_ path: String) -> Bool {
    switch form {
    case .suffix(let name): return path == name || path.hasSuffix("." + name)
    case .expression(let expression):
      guard path.utf8.count <= Self.lengthLimit, let regex = try? Regex(expression) else {
        return false
      }
      return (try? regex.wholeMatch(in: path)) != nil
    }
  }
}
