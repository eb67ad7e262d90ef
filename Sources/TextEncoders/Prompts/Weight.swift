/// The numbers that prompts give to words, such as `1.2`.
enum Weight {
  /// No weight is written in more characters than this.
  static let longest = 12

  /// Whether `text` is a decimal number, with spaces around it allowed.
  static func isWeight(_ text: ArraySlice<Unicode.Scalar>, withPoint: Bool = false) -> Bool {
    guard text.count <= longest else { return false }
    var number = text.drop { $0 == " " }
    while number.last == " " { number.removeLast() }
    if number.first == "-" || number.first == "+" { number.removeFirst() }
    let points = number.count { $0 == "." }
    return number.contains(where: \.isDigit) && points <= 1 && (!withPoint || points == 1)
      && number.allSatisfy { $0.isDigit || $0 == "." }
  }

  /// The length of a weight that `text`, which follows a closing parenthesis, begins with: `1.2`, or
  /// at least `count` of `+` or `-`; 0 if there is none or a word follows directly.
  static func suffixLength(_ text: ArraySlice<Unicode.Scalar>, atLeast count: Int) -> Int {
    let head = text.prefix(longest)
    let signs = head.prefix { $0 == head.first && ($0 == "+" || $0 == "-") }
    var number = head.prefix { $0.isDigit || $0 == "." }
    if number.last == "." { number.removeLast() }
    var length = signs.count >= count ? signs.count : 0
    if isWeight(number, withPoint: true) { length = number.count }
    let isInsideWord = text.dropFirst(length).first?.isWordPart ?? false
    return isInsideWord ? 0 : length
  }
}

extension Unicode.Scalar {
  var isDigit: Bool { ("0"..."9").contains(self) }

  /// A letter, digit or underscore.
  var isWordPart: Bool { properties.isAlphabetic || isDigit || self == "_" }
}
