import Formats

/// A warning within a page.
enum PageWarning {
  /// The lines of `text`, which fit the width.
  static func lines(_ text: String, style: Style, width: Int) -> [String] {
    let label = "warning:"
    let indent = String(repeating: " ", count: label.count + 3)
    return readable(text).wrapped(to: max(width, 60) - indent.count).enumerated().map {
      $0 == 0 ? "  \(style.yellow(label)) \($1)" : indent + $1
    }
  }
}
