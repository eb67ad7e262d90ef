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

  /// All codes as a table in Markdown.
  static var table: String {
    let rows = FindingCode.allCases.map { code in
      "| `\(code.id)` | `\(code.name)` | \(code.cause) | \(code.remedy) |"
    }
    return (["| code | name | cause | remedy |", "|---|---|---|---|"] + rows)
      .joined(separator: "\n")
  }
}
