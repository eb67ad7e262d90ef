internal import Yams

/// A text prepared for Yams so that faults it would hide, or fall over, can be seen in its tree.
///
/// Two things are changed, each a scalar for a scalar, so that lines and columns stay:
///
/// - Every `*` is another character while Yams reads. An alias then is a plain scalar, and what it
///   stands for is looked up afterwards, where it can be counted: aliases of aliases would be
///   trees of exponential size, which Yams compares and releases by recursion.
/// - Yams stops at a key that is there twice, at its first place. The key is renamed there until
///   nothing stops Yams, and both keys are in the tree.
struct YAMLText {
  /// What stands for `*`.
  let star: Unicode.Scalar
  private var spare: [Unicode.Scalar]
  private let file: TextFile
  /// By lines, with their ends.
  private var lines: [[Unicode.Scalar]]
  /// The names of keys that were changed, by line and column.
  private(set) var renamed: [Position: String] = [:]

  struct Position: Hashable {
    let line: Int
    let column: Int

    init(_ mark: Mark) { (line, column) = (mark.line, mark.column) }
  }

  private static let privateUse: ClosedRange<UInt32> = 0xE000...0xF8FF
  private static let duplicateLimit = 50

  init(_ file: TextFile) throws(RecipeFault) {
    self.file = file
    let used = Self.privateScalars(of: file.text)
    spare = Self.privateUse.lazy.compactMap(Unicode.Scalar.init).filter { !used.contains($0.value) }
      .prefix(Self.duplicateLimit + 1).reversed()
    guard let star = spare.popLast() else {
      throw RecipeFault(
        RecipePlace(file: file.path, line: 1, column: 1),
        "uses every character that Unicode leaves for private use")
    }
    self.star = star
    lines = [[]]
  }

  /// The only document of the text, and the parser that its anchors live in; nil for an empty text.
  ///
  /// - Throws: `RecipeFault` where the text is not YAML, or has a second document.
  mutating func parse() throws(RecipeFault) -> (root: Node, parser: Parser)? {
    splitLines()
    while true {
      var text = String.UnicodeScalarView()
      for line in lines { text.append(contentsOf: line) }
      do {
        let parser = try Parser(yaml: String(text), resolver: .basic, encoding: .utf8)
        guard let root = try parser.nextRoot() else { return nil }
        if let second = try parser.nextRoot() {
          throw RecipeFault(
            place(second.mark), "a second document starts here; a file holds one",
            hint: "remove '---', or make it a file of its own")
        }
        return (root, parser)
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        guard let name = names.first, rename(name, at: context.mark) else {
          let first = names.first.map(original) ?? ""
          throw RecipeFault(place(context.mark), "the field '\(first)' is given twice")
        }
      } catch {
        throw fault(of: error)
      }
    }
  }

  /// The characters for private use that `text` holds, or may hold once its escapes are read.
  private static func privateScalars(of text: String) -> Set<UInt32> {
    var found = Set(text.unicodeScalars.lazy.map(\.value).filter(privateUse.contains))
    for part in text.utf8.split(separator: UInt8(ascii: "\\")) {
      // Behind \u are 4 digits, behind \U 8.
      guard let first = part.first, let length = ["u": 4, "U": 8][Unicode.Scalar(first)],
        let value = UInt32(
          String(decoding: part.dropFirst().prefix(length), as: UTF8.self), radix: 16)
      else { continue }
      found.insert(value)
    }
    return found
  }

  private mutating func splitLines() {
    var previous: Unicode.Scalar = " "
    for scalar in file.text.unicodeScalars {
      let isBreak: Bool =
        switch previous {
        case "\r": scalar != "\n"
        case "\n", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
      if isBreak { lines.append([]) }
      lines[lines.count - 1].append(scalar == "*" ? star : scalar)
      previous = scalar
    }
  }

  /// `text` as it stands in the file.
  func original(_ text: String) -> String {
    guard text.unicodeScalars.contains(star) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(scalar == star ? "*" : scalar) }
    return String(result)
  }

  /// Changes a letter of the key `name` at `mark`; false where that cannot be done.
  private mutating func rename(_ name: String, at mark: Mark) -> Bool {
    let row = mark.line - 1
    guard lines.indices.contains(row), let replacement = spare.popLast() else { return false }
    var column = mark.column - 1
    guard lines[row].indices.contains(column) else { return false }
    if lines[row][column] == "\"" || lines[row][column] == "'" { column += 1 }
    guard let first = name.unicodeScalars.first, lines[row].indices.contains(column),
      lines[row][column] == first
    else { return false }
    lines[row][column] = replacement
    renamed[Position(mark)] = name
    return true
  }

  private func place(_ mark: Mark?) -> RecipePlace {
    RecipePlace(file: file.path, line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  // MARK: What is no YAML

  private func fault(of error: any Error) -> RecipeFault {
    switch error {
    case let fault as RecipeFault: return fault
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _),
      YamlError.composer(let context, let problem, let mark, _):
      return fault(problem, context, mark)
    default:
      return RecipeFault(place(nil), "is not YAML: \(error)")
    }
  }

  private func fault(_ problem: String, _ context: YamlError.Context?, _ mark: Mark) -> RecipeFault
  {
    if scalar(at: mark) == "\t" {
      return RecipeFault(place(mark), "a tab, where YAML has spaces", hint: "indent with spaces")
    }
    if problem.hasPrefix("Maximum nesting level") {
      return RecipeFault(place(mark), "values are nested too deeply")
    }
    let around = context.map { context in
      context.mark.line == mark.line && context.mark.column == mark.column
        ? " (\(context.text))"
        : " (\(context.text) that starts at line \(context.mark.line), column \(context.mark.column))"
    }
    return RecipeFault(
      place(mark), "is not YAML: \(problem)\(around ?? "")", hint: hint(for: problem, mark))
  }

  private func hint(for problem: String, _ mark: Mark) -> String? {
    switch scalar(at: mark) {
    case "@", "`", "%": "a text that starts with this character needs quotes"
    default:
      problem.hasPrefix("mapping values are not allowed")
        ? "put a text that holds ': ' in quotes" : nil
    }
  }

  private func scalar(at mark: Mark) -> Unicode.Scalar? {
    let (row, column) = (mark.line - 1, mark.column - 1)
    guard lines.indices.contains(row), lines[row].indices.contains(column) else { return nil }
    return lines[row][column]
  }
}
