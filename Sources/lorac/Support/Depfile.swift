import Formats

/// Rules in the syntax that Make and Ninja read.
enum Depfile {
  /// Checks that the file can be made, before the work; nil is none.
  static func check(_ path: String?) throws(FormatError) {
    if let path { try OutputFile.check(path, replaces: true, mayLackFolder: false) }
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
    let empty = inputs.map { "\(escaped($0)):\n" }.joined()
    return "\(targets.map(escaped).joined(separator: " ")):\(lines)\n\n\(empty)"
  }

  private static func escaped(_ path: String) -> String {
    var result = ""
    for character in path {
      switch character {
      case " ", "#", "\\", ":", "%": result += "\\\(character)"
      case "$": result += "$$"
      default: result.append(character)
      }
    }
    return result
  }
}
