import Formats

/// Facts one behind the other, with commas between.
enum FactLine {
  /// One line for programs; on a terminal, lines that fit.
  static func lines(_ facts: [String], indent: Int = 2) -> [String] {
    let start = String(repeating: " ", count: indent)
    let text = facts.joined(separator: ", ")
    guard StandardOutput.isTerminal else { return [start + text] }
    return text.wrapped(to: max(40, TerminalSize.columns - indent)).map { start + $0 }
  }
}
