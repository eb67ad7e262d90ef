/// A text as scalars in lower case, with `_` and white space as one space, and none at the ends.
struct ComparableText {
  private let scalars: [Unicode.Scalar]

  init(_ text: String) {
    var scalars: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      if scalar == "_" || scalar.properties.isWhitespace {
        if let last = scalars.last, last != " " { scalars.append(" ") }
      } else {
        scalars += scalar.properties.lowercaseMapping.unicodeScalars
      }
    }
    if scalars.last == " " { scalars.removeLast() }
    self.scalars = scalars
  }

  /// Whether `word` stands in this text between word boundaries; never for a word without a
  /// letter or digit.
  ///
  /// A boundary is wherever not both neighbours are letters, digits or marks, or one is an
  /// ideograph, since those are written without spaces.
  func containsWord(_ word: ComparableText) -> Bool {
    let word = word.scalars
    guard word.contains(where: Self.isWordPart), word.count <= scalars.count else { return false }
    return (0...scalars.count - word.count).contains { start in
      scalars[start] == word[0]
        && scalars[start..<start + word.count].elementsEqual(word)
        && isBoundary(start) && isBoundary(start + word.count)
    }
  }

  /// Whether a word may start or end between the scalars before and at `index`.
  private func isBoundary(_ index: Int) -> Bool {
    guard index > 0, index < scalars.count else { return true }
    let neighbours = [scalars[index - 1], scalars[index]]
    return !neighbours.allSatisfy(Self.isWordPart)
      || neighbours.contains { $0.properties.isIdeographic }
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark:
      true
    default: false
    }
  }
}
