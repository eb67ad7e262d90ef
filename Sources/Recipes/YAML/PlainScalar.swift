/// What a scalar without quotes stands for.
///
/// Readers of YAML 1.1 and of 1.2 differ in what they take for numbers and truth values. What any
/// of them would not take for a text must be in quotes to be one, and only what all of them take
/// for the same number is a number, so that a recipe has one meaning.
enum PlainScalar: Equatable {
  case empty
  case null
  case flag(Bool)
  /// `yes`, `off` and their like: a truth value in YAML 1.1, a text in 1.2.
  case oldFlag
  /// A decimal number.
  case number(Double)
  /// What is a number in some version, in another notation: `0x1F`, `017`, `1_000`, `1:30`, `.inf`.
  case oddNumber
  case text

  private static let flags: [String: PlainScalar] = [
    "": .empty, "~": .null, "null": .null, "Null": .null, "NULL": .null,
    "true": .flag(true), "True": .flag(true), "TRUE": .flag(true),
    "false": .flag(false), "False": .flag(false), "FALSE": .flag(false),
    "yes": .oldFlag, "Yes": .oldFlag, "YES": .oldFlag,
    "no": .oldFlag, "No": .oldFlag, "NO": .oldFlag,
    "on": .oldFlag, "On": .oldFlag, "ON": .oldFlag,
    "off": .oldFlag, "Off": .oldFlag, "OFF": .oldFlag,
  ]

  init(_ text: String) {
    if text.utf8.count <= 5, let known = Self.flags[text] {
      self = known
    } else if Self.isDecimal(text.utf8), let value = Double(text) {
      self = .number(value)
    } else {
      self = Self.isOddNumber(text.utf8) ? .oddNumber : .text
    }
  }

  /// Whether `text` is `-12`, `0.5`, `.5` or `1e-3`, without a zero in front that would make it octal.
  private static func isDecimal(_ text: String.UTF8View) -> Bool {
    var rest = text[...]
    func digits() -> Int {
      let count = rest.prefix { isDigit($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      rest = rest.dropFirst()
    }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    guard whole <= 1 || !startsWithZero else { return false }
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = digits()
    }
    guard whole + fraction > 0 else { return false }
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        rest = rest.dropFirst()
      }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  /// Whether `text` may be a number of YAML 1.1 or 1.2 that is not decimal.
  private static func isOddNumber(_ text: String.UTF8View) -> Bool {
    let body = text.first.map { "+-".utf8.contains($0) } == true ? text.dropFirst() : text[...]
    let word = String(decoding: body, as: UTF8.self).lowercased()
    if word == ".inf" || word == ".nan" { return true }
    guard let first = body.first, isDigit(first) else { return false }
    for (prefix, digits) in [("0x", "0123456789abcdef_"), ("0o", "01234567_"), ("0b", "01_")]
    where word.hasPrefix(prefix) && word.utf8.count > 2 {
      return word.dropFirst(2).utf8.allSatisfy(digits.utf8.contains)
    }
    return body.allSatisfy { isDigit($0) || "_:.".utf8.contains($0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// What it is, with its article.
  var kind: String {
    switch self {
    case .empty: "nothing"
    case .null: "null"
    case .flag(let flag): "\(flag)"
    case .oldFlag, .text: "a text"
    case .number, .oddNumber: "a number"
    }
  }
}
