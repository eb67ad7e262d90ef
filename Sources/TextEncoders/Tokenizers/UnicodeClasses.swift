/// Character classes as the reference BERT tokenizer sees them.
///
/// The reference (Hugging Face `tokenizers` 0.23.3) classifies by tables of Unicode 8.0: characters
/// that are newer belong to no class there. Six changed their category since.
extension Unicode.Scalar {
  /// Category Mn, "nonspacing mark", in Unicode 8.0.
  package var isBertMark: Bool {
    switch value {
    case 0x1734, 0x1171E: true
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: false
    default: properties.generalCategory == .nonspacingMark && isOf(unicode: 8)
    }
  }

  /// One of ASCII's punctuation and symbols, or of the categories P* in Unicode 8.0.
  package var isBertPunctuation: Bool {
    switch value {
    case 33...47, 58...64, 91...96, 123...126, 0x166D, 0x111C9: return true
    case 0...127: return false
    default: break
    }
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return isOf(unicode: 8)
    default: return false
    }
  }

  /// A character that disappears without leaving a space: NUL, U+FFFD, and the categories Cc, Cf
  /// and Co in Unicode 8.0, but for tabulator and line ends.
  package var isBertRemoved: Bool {
    switch value {
    case 9, 10, 13: return false
    case 32...126: return false
    case 0xFFFD: return true
    default: break
    }
    switch properties.generalCategory {
    case .control, .format, .privateUse: return isOf(unicode: 8)
    default: return false
    }
  }

  /// An ideograph that is a word of its own.
  ///
  /// The sixth range begins at U+2B920 in the reference, not at U+2B820 as in Google's original.
  package var isBertIdeograph: Bool {
    switch value {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF,
      0x2A700...0x2B81F, 0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }

  /// Whether the character was in Unicode `version`.0.
  private func isOf(unicode version: Int) -> Bool {
    guard let age = properties.age else { return false }
    return age.major < version || (age.major == version && age.minor == 0)
  }
}

/// The classes by which byte-level tokenizers cut a text.
package enum RegexClass: Sendable {
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\s`
  case space
  case other
}

/// Character classes as the regular expressions of the reference see them: Unicode 16.0.
extension Unicode.Scalar {
  package var regexClass: RegexClass {
    switch value {
    case 65...90, 97...122: return .letter
    case 48...57: return .number
    case 9...13, 32: return .space
    case 0..<128: return .other
    default: break
    }
    if properties.isWhitespace { return .space }
    return switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      isOf(unicode: 16) ? .letter : .other
    case .decimalNumber, .letterNumber, .otherNumber:
      isOf(unicode: 16) ? .number : .other
    default: .other
    }
  }

  /// `\w`, by which an added token is a word of its own.
  var isWordCharacter: Bool {
    if properties.isAlphabetic || properties.isJoinControl { return true }
    return switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: false
    }
  }
}
