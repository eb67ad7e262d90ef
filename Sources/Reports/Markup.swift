internal import Formats

/// A piece of HTML: what is interpolated as text is escaped.
///
/// Only literals of this program are markup.
///
/// Elements are closed and attributes quoted as XML wants it, so that tests can read pages with a
/// parser.
package struct Markup: Sendable, Hashable {
  package private(set) var text: String

  package init() { text = "" }

  static func += (a: inout Markup, b: Markup) { a.text += b.text }
}

extension Markup: ExpressibleByStringInterpolation {
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text: String

    package init(literalCapacity: Int, interpolationCount: Int) {
      text = ""
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { text += literal }

    /// Appends text, escaped for elements and for attributes in double quotes.
    package mutating func appendInterpolation(_ text: String) {
      self.text += Markup.escaped(text)
    }

    package mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

    package mutating func appendInterpolation(_ parts: [Markup]) {
      for part in parts { text += part.text }
    }

    package mutating func appendInterpolation(_ number: Int) { text += String(number) }
  }

  package init(stringLiteral value: String) { text = value }
  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
}

extension Markup {
  /// A text of a file: whatever its direction is, it does not change what stands around it.
  static func isolated(_ text: String) -> Markup { "<bdi>\(text)</bdi>" }

  /// The start of the box of a table, which scrolls by itself where the window is narrow.
  static let scrolling: Markup = """
    <div class="scroll" tabindex="0" role="group" aria-label="Table, may scroll">
    """

  /// Characters that would steer the page, or the terminal that its source is shown on, become
  /// visible escapes, but for line breaks and tabs; those of HTML become references.
  private static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case "\u{FFFE}", "\u{FFFF}": result += "\\u{\(String(scalar.value, radix: 16))}"
      case "\u{20}"..."\u{7E}": result.unicodeScalars.append(scalar)
      default: result += printable(String(scalar))
      }
    }
    return result
  }
}

extension String {
  /// The first `limit` scalars, and an ellipsis where there are more.
  func shortened(to limit: Int) -> String {
    guard let end = unicodeScalars.index(startIndex, offsetBy: limit, limitedBy: endIndex),
      end != endIndex
    else { return self }
    return String(unicodeScalars[..<end]) + "…"
  }

  /// The first and last of `limit` scalars with an ellipsis between, where there are more.
  ///
  /// For names, which often differ at their end.
  func shortenedInside(to limit: Int) -> String {
    guard unicodeScalars.count > limit else { return self }
    let head = limit - limit / 3
    return String(unicodeScalars.prefix(head)) + "…" + String(unicodeScalars.suffix(limit / 3))
  }
}
