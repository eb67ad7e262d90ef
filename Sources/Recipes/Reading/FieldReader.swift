internal import Formats
internal import Fusion

/// Reads the values of one file, and collects what is wrong with them.
struct FieldReader {
  /// The file, as it is named in faults.
  let path: String
  /// What relative paths of the file are relative to, from the working folder.
  let folder: String
  var faults: [RecipeFault] = []
  /// The files of prompts and block weights that were read.
  var files: [String] = []

  init(path: String) {
    self.path = path
    folder = Folder.split(path).folder
  }

  mutating func report(
    _ place: RecipePlace, _ problem: String, hint: String? = nil,
    kind: FormatError.Kind = .unacceptable
  ) {
    faults.append(RecipeFault(place, problem, hint: hint, kind: kind))
  }

  /// `path` from the working folder, where it is given from the file's.
  func resolved(_ path: String) -> String {
    path.hasPrefix("/") || folder == "." ? path : Self.joined(folder, path)
  }

  static func joined(_ folder: String, _ path: String) -> String {
    var path = path[...]
    while path.hasPrefix("./") { path = path.dropFirst(2) }
    return path.isEmpty || path == "." ? folder : "\(Folder.trimmed(folder))/\(path)"
  }

  // MARK: Mappings

  /// The members of `node`, a mapping of fields of which `known` are all.
  ///
  /// - Parameters:
  ///   - node: what should be a mapping.
  ///   - what: what it is, with its article.
  ///   - known: the names that fields may have.
  /// - Returns: the fields with a value; nil where it is no mapping.
  mutating func fields(
    of node: RecipeNode, _ what: String, known: [String]
  ) -> [RecipeNode.Member]? {
    guard let members = mapping(node, what) else { return nil }
    return members.filter { member in
      guard known.contains(member.key.value) else {
        report(
          member.key.place, "\(what) has no field '\(member.key.value)'",
          hint: Self.hint(for: member.key.value, among: known))
        return false
      }
      guard !member.value.isEmpty else {
        report(
          member.key.place, "the field '\(member.key.value)' has no value",
          hint: "remove it, or give it one")
        return false
      }
      return true
    }
  }

  /// How to go on from an unknown name.
  static func hint(for name: String, among known: [String]) -> String {
    if name == "<<" { return "mappings are not merged; use defaults, promptSets or extends" }
    if let nearest = EditDistance.nearest(to: name, among: known) {
      return "did you mean '\(nearest)'?"
    }
    let most = 40
    let list = known.prefix(most).joined(separator: ", ")
    return known.isEmpty ? "there is none" : "there are: \(list)\(known.count > most ? ", …" : "")"
  }

  /// The members of `node`.
  mutating func mapping(_ node: RecipeNode, _ what: String) -> [RecipeNode.Member]? {
    switch node.content {
    case .mapping(let members):
      for member in members where member.isPlain { checkPlainKey(member.key) }
      return members
    case .broken: return nil
    default:
      report(node.place, "\(what) is a mapping of fields, not \(node.kind)")
      return nil
    }
  }

  /// A name that some readers would not take for a text needs quotes.
  private mutating func checkPlainKey(_ key: Placed<String>) {
    switch PlainScalar(key.value) {
    case .text: break
    case .empty, .null: report(key.place, "a field without a name")
    case .flag, .oldFlag, .number, .oddNumber:
      report(
        key.place, "the name \(key.value) is a number or a truth value for readers of YAML",
        hint: "put it in quotes: '\(key.value)'")
    }
  }

  /// The elements of `node`; one alone stands for a list of it where `allowsOne`.
  mutating func list(
    _ node: RecipeNode, _ what: String, allowsOne: Bool = false
  ) -> [RecipeNode]? {
    switch node.content {
    case .list(let elements): return elements
    case .broken: return nil
    default:
      if allowsOne { return [node] }
      report(
        node.place, "\(what) is a list, not \(node.kind)",
        hint: "start each element with '- '")
      return nil
    }
  }

  // MARK: Scalars

  /// The text of `node`, not empty.
  mutating func text(_ node: RecipeNode, _ what: String) -> String? {
    let text: String
    switch node.content {
    case .text(let quoted): text = quoted
    case .plain(let plain):
      guard isText(plain, node.place, what) else { return nil }
      text = plain
    case .broken: return nil
    case .mapping:
      report(
        node.place, "\(what) is a text, not \(node.kind)",
        hint: "a text that starts with '{' or holds ': ' needs quotes")
      return nil
    case .list:
      report(
        node.place, "\(what) is a text, not \(node.kind)",
        hint: "a text that starts with '[' or '- ' needs quotes")
      return nil
    }
    guard text.contains(where: { !$0.isWhitespace }) else {
      report(node.place, "\(what) is empty")
      return nil
    }
    if let scalar = text.unicodeScalars.first(where: { !TextFile.isAllowed($0) }) {
      let code = String(scalar.value, radix: 16, uppercase: true)
      report(node.place, "\(what) holds the character U+\(code), which text does not have")
      return nil
    }
    return text
  }

  private mutating func isText(_ plain: String, _ place: RecipePlace, _ what: String) -> Bool {
    switch PlainScalar(plain) {
    case .text: return true
    case .empty, .null: report(place, "\(what) has no value")
    case .number, .oddNumber:
      report(
        place, "\(what) is a text, not the number \(plain)",
        hint: "put it in quotes: '\(plain)'")
    case .flag, .oldFlag:
      report(
        place, "\(what) is a text, and \(plain) is a truth value for readers of YAML",
        hint: "put it in quotes: '\(plain)'")
    }
    return false
  }

  /// A text on one line, as names and paths are.
  mutating func line(_ node: RecipeNode, _ what: String) -> String? {
    guard let text = text(node, what) else { return nil }
    guard !text.contains(where: { $0.isNewline || $0 == "\t" }) else {
      report(node.place, "\(what) is more than one line")
      return nil
    }
    return text
  }

  mutating func path(_ node: RecipeNode, _ what: String) -> String? {
    line(node, what).map(resolved)
  }

  mutating func number(_ node: RecipeNode, _ what: String) -> Double? {
    switch node.content {
    case .plain(let text):
      switch PlainScalar(text) {
      case .number(let value) where value.isFinite: return value
      case .number:
        report(node.place, "\(what) is larger than any number that can be computed with")
      case .oddNumber:
        report(
          node.place, "\(what) is not a decimal number: \(text)",
          hint: "readers of YAML differ about such numbers; write it as 0.5, 12 or 1e-3")
      default: report(node.place, "\(what) is a number, not \(node.kind)")
      }
    case .text(let text):
      let isQuoted = PlainScalar(text).kind == "a number"
      report(
        node.place, "\(what) is a number, not a text",
        hint: isQuoted ? "remove the quotes" : nil)
    case .broken: break
    case .list, .mapping: report(node.place, "\(what) is a number, not \(node.kind)")
    }
    return nil
  }

  mutating func whole(
    _ node: RecipeNode, _ what: String, in range: ClosedRange<Int>
  ) -> Int? {
    guard let value = number(node, what) else { return nil }
    let isOpen = range.upperBound >= Int(Int32.max)
    let limits =
      isOpen ? "from \(range.lowerBound) up" : "from \(range.lowerBound) to \(range.upperBound)"
    guard let whole = Int(exactly: value), range.contains(whole) else {
      report(node.place, "\(what) is a whole number \(limits), not \(Self.shortest(value))")
      return nil
    }
    return whole
  }

  static func shortest(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }

  mutating func flag(_ node: RecipeNode, _ what: String) -> Bool? {
    switch node.content {
    case .plain(let text):
      if case .flag(let flag) = PlainScalar(text) { return flag }
      report(node.place, "\(what) is true or false, not \(text)")
    case .broken: break
    default: report(node.place, "\(what) is true or false, not \(node.kind)")
    }
    return nil
  }

  mutating func choice(_ node: RecipeNode, _ what: String, of words: [String]) -> String? {
    guard let text = line(node, what) else { return nil }
    guard words.contains(text) else {
      let list = words.joined(separator: ", ")
      let nearest = EditDistance.nearest(to: text, among: words)
      report(
        node.place, "\(what) is one of \(list), not '\(text)'",
        hint: nearest.map { "did you mean '\($0)'?" })
      return nil
    }
    return text
  }
}
