internal import Glibc

/// The variables of a process: its own, or some that are given.
package struct Environment: Sendable, ExpressibleByDictionaryLiteral {
  /// Nil for those of the process.
  private let values: [String: String]?

  private init(values: [String: String]?) { self.values = values }

  package init(_ values: [String: String]) { self.init(values: values) }

  package init(dictionaryLiteral elements: (String, String)...) {
    self.init(values: Dictionary(elements) { _, last in last })
  }

  /// The variables of this process.
  package static let process = Environment(values: nil)

  /// The value of the variable `name`; nil also where it is empty.
  package subscript(name: String) -> String? {
    let value: String?
    if let values {
      value = values[name]
    } else {
      // SAFETY: lorac changes no variable, so the string stays while it is copied.
      value = unsafe getenv(name).map { unsafe String(cString: $0) }
    }
    return value?.isEmpty == true ? nil : value
  }

  /// `path` with a leading `~` and with `$NAME` and `${NAME}` replaced; unknown names stay.
  package func expanding(_ path: String) -> String {
    var rest = path[...]
    var result = ""
    if rest == "~" || rest.hasPrefix("~/"), let home = self["HOME"] {
      result = home
      rest = rest.dropFirst()
    }
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      let (name, end) = Self.name(in: rest[rest.index(after: dollar)...])
      result += name.flatMap { self[$0] } ?? String(rest[dollar..<end])
      rest = rest[end...]
    }
    return result + rest
  }

  /// The name of a variable at the start of `text`, in braces or not, and where it ends.
  private static func name(in text: Substring) -> (name: String?, end: Substring.Index) {
    if text.first == "{" {
      guard let brace = text.firstIndex(of: "}") else { return (nil, text.startIndex) }
      return (String(text[..<brace].dropFirst()), text.index(after: brace))
    }
    let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    return (name.isEmpty ? nil : String(name), name.endIndex)
  }
}
