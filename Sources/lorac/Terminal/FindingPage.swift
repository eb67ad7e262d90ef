import Formats

/// What codes mean.
enum FindingPage {
  /// Cause and remedy of one code.
  static func explanation(of code: FindingCode, style: Style) -> String {
    """
    \(style.bold(code.rawValue)) (\(code.severity.rawValue))
      cause:  \(code.cause)
      remedy: \(code.remedy)
    """
  }

  /// All codes as a table that fits a terminal of `width` columns.
  static func lines(style: Style, width: Int) -> [String] {
    let nameWidth = FindingCode.allCases.map(\.name.count).max() ?? 0
    let column = 5 + 2 + nameWidth + 2
    let space = max(20, max(width, 60) - column)
    let indent = String(repeating: " ", count: column)
    return FindingCode.allCases.flatMap { code in
      let padding = String(repeating: " ", count: nameWidth - code.name.count + 2)
      let label = style.bold(String(code.id)) + "  " + code.name + padding
      let cause = code.cause.wrapped(to: space)
      let remedy = "→ \(code.remedy)".wrapped(to: space)
      return cause.enumerated().map { ($0 == 0 ? label : indent) + $1 }
        + remedy.map { indent + style.dim($0) }
    }
  }

  /// All codes as a table in Markdown.
  static var table: String {
    let rows = FindingCode.allCases.map { code in
      "| `\(code.id)` | `\(code.name)` | \(code.cause) | \(code.remedy) |"
    }
    return (["| code | name | cause | remedy |", "|---|---|---|---|"] + rows)
      .joined(separator: "\n")
  }
}
