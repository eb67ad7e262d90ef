import Formats

/// Rules in the syntax that Make and Ninja read.
enum Depfile {
  /// Checks that the file can be made, and not over one of `files`, before the work; nil is none.
  static func check(_ path: String?, besides files: [String]) throws {
    try SideFile(option: "--depfile", path: path)?.check(besides: files)
  }

  /// Writes the rule to `path`; nil is nowhere.
  static func write(_ path: String?, target: String, inputs: [String]) throws(FormatError) {
    guard let path else { return }
    try OutputFile.write(rule(target: target, inputs: inputs), to: path, replaces: true)
  }

  /// `target` depends on `inputs`; and a rule without recipe for each input, so that Make goes on
  /// when one is gone.
  static func rule(target: String, inputs: [String]) -> String {
    rule(targets: [target], inputs: inputs)
  }

  /// The same for several targets; each input once.
  static func rule(targets: [String], inputs: [String]) -> String {
    var seen: Set<String> = []
    let inputs = inputs.filter { seen.insert($0).inserted }
    let lines = inputs.map { " \\\n  \(escaped($0))" }.joined()
    // In front of a colon, % stands for any letters unless it is escaped; behind one, never.
    func target(_ path: String) -> String { escaped(path).replacing("%", with: "\\%") }
    let empty = inputs.map { "\(target($0)):\n" }.joined()
    return "\(targets.map(target).joined(separator: " ")):\(lines)\n\n\(empty)"
  }

  /// Whether Ninja can read `path` in a rule; it ends names at quotes and other letters.
  static func canName(_ path: String) -> Bool {
    path.unicodeScalars.allSatisfy { scalar in
      scalar.value >= 0x20 && scalar.value != 0x7F && !"\"'`|&<>;*^".unicodeScalars.contains(scalar)
    }
  }

  private static func escaped(_ path: String) -> String {
    var result = ""
    var backslashes = 0
    for character in path.unicodeScalars {
      switch character {
      // Backslashes stand for themselves but in front of what needs one.
      case " ", "#": result += String(repeating: "\\", count: backslashes + 1) + "\(character)"
      case ":": result += "\\:"
      case "$": result += "$$"
      default: result.unicodeScalars.append(character)
      }
      backslashes = character == "\\" ? backslashes + 1 : 0
    }
    return result
  }
}
