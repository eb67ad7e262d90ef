internal import Fusion

/// Puts values in the place of `{NAME}` in a text; `{{` and `}}` are braces.
struct Placeholders {
  let values: [String: String]

  /// What is wrong with a text.
  struct Failure: Error {
    let problem: String
    let hint: String
  }

  func expand(_ text: String) throws(Failure) -> String {
    guard text.contains(where: { $0 == "{" || $0 == "}" }) else { return text }
    var result = ""
    var rest = text[...]
    while let next = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      result += rest[..<next]
      let brace = rest[next]
      rest = rest[rest.index(after: next)...]
      if rest.first == brace {
        result.append(brace)
        rest = rest.dropFirst()
        continue
      }
      guard brace == "{", let end = rest.firstIndex(of: "}") else {
        throw Failure(
          problem: "'\(text)' has a '\(brace)' without its other half",
          hint: "write \(brace)\(brace) for the character itself")
      }
      let name = String(rest[..<end])
      guard let value = values[name] else {
        throw Failure(
          problem: "'{\(name)}' stands for nothing here",
          hint: FieldReader.hint(for: name, among: values.keys.sorted())
            + "; write {{ for the character itself")
      }
      result += value
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  /// The names that stand in braces in `text`.
  static func names(in text: String) -> Set<String> {
    var names: Set<String> = []
    for part in text.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
      if let end = part.firstIndex(of: "}") { names.insert(String(part[..<end])) }
    }
    return names
  }
}
