import Formats

/// Labels and what they stand for, one below the other; long values go on in further lines.
struct FactList {
  private let indent: Int
  private let width: Int
  private let style: Style
  private var facts: [(label: String, value: String)] = []

  /// - Parameters:
  ///   - indent: the columns before the labels.
  ///   - style: how labels are set off.
  ///   - width: the columns of the terminal.
  init(indent: Int, style: Style, width: Int) {
    (self.indent, self.style, self.width) = (indent, style, max(width, 60))
  }

  mutating func add(_ label: String, _ value: String) {
    facts.append((printable(label), printable(value)))
  }

  /// The lines that a value has at most; the rest of it is left out.
  private static let lineLimit = 3

  var lines: [String] {
    let column = indent + 2 + (facts.map(\.label.terminalWidth).max() ?? 0)
    let space = max(20, width - column)
    return facts.flatMap { label, value in
      let wrapped = value.wrapped(to: space)
      var shown = wrapped.prefix(Self.lineLimit).map { $0.truncated(to: space) }
      if wrapped.count > shown.count {
        shown[shown.count - 1] = (shown[shown.count - 1] + " …").truncated(to: space)
      }
      return shown.enumerated().map { index, text in
        let start = index == 0 ? label : ""
        let padding = String(repeating: " ", count: column - indent - start.terminalWidth)
        return String(repeating: " ", count: indent) + style.dim(start)
          + (text.isEmpty ? "" : padding + text)
      }
    }
  }
}
