/// A text as it is written into YAML: without quotes where no reader takes it for something else.
package struct QuotedScalar: CustomStringConvertible {
  package let description: String

  package init(_ text: String) {
    description = Self.isPlain(text) ? text : Self.quoted(text)
  }

  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetterOrDigit(first) || "/.".utf8.contains(first),
      text.utf8.last != UInt8(ascii: " "), PlainScalar(text) == .text
    else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || " _-./()+".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }

  /// In double quotes, on one line; printable characters stay as they are.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\u{20}"..."\u{7E}": result.unicodeScalars.append(scalar)
      default:
        result += isVisible(scalar) ? String(scalar) : escape(of: scalar)
      }
    }
    return result + "\""
  }

  /// Whether `scalar`, which is not ASCII, can be seen and breaks no line.
  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned,
      .surrogate:
      false
    default: TextFile.isAllowed(scalar)
    }
  }

  private static func escape(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let (letter, width) =
      scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
    return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
  }
}
