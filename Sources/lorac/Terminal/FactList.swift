import Formats

/// Labels and what they stand for, one below the other; long values go on in further lines.
struct FactList {
  private let indent: Int
  private let width: Int
  private let style: Style
  private let lineLimit: Int
  private let rest: ((Int) -> String)?
  private var facts: [(label: String, value: String)] = []

  /// - Parameters:
  ///   - indent: the columns before the labels.
  ///   - style: how labels are set off.
  ///   - width: the columns of the terminal.
  ///   - lineLimit: the lines that a value has at most.
  ///   - rest: tells in a line that so many characters are left out; without it, an ellipsis does.
  init(
    indent: Int, style: Style, width: Int, lineLimit: Int = 3, rest: ((Int) -> String)? = nil
  ) {
    (self.indent, self.style, self.width) = (indent, style, max(width, 60))
    (self.lineLimit, self.rest) = (lineLimit, rest)
  }

  mutating func add(_ label: String, _ value: String) { facts.append((label.pageName, value)) }

  /// The columns that labels leave for values; a longer label has a line of its own.
  private static let valueWidth = 20

  var lines: [String] {
    let most = width - indent - 2 - Self.valueWidth
    let widths = facts.map(\.label.terminalWidth).filter { $0 <= most }
    let column = indent + 2 + (widths.max() ?? 0)
    let (start, blank) = (blanks(indent), blanks(column))
    return facts.flatMap { label, value -> [String] in
      let shown = lines(of: value, width - column)
      let missing = column - indent - label.terminalWidth
      guard missing >= 2 else {
        return label.wrapped(to: width - indent).map { start + style.dim($0) }
          + shown.map { blank + $0 }
      }
      let first = shown[0].isEmpty ? "" : blanks(missing) + shown[0]
      return [start + style.dim(label) + first] + shown.dropFirst().map { blank + $0 }
    }
  }

  private func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }

  /// As many lines of `value` as there may be, at least one.
  private func lines(of value: String, _ space: Int) -> [String] {
    // No more is looked at than the lines can hold, with some room for what takes no columns.
    let head = value.unicodeScalars.prefix(8 * (lineLimit + 1) * space)
    let text = printable(String(head))
    let whole = WrappedText(text, width: space, lineLimit: lineLimit + (rest == nil ? 0 : 1))
    let isCut = head.endIndex < value.endIndex
    guard isCut || !whole.rest.isEmpty else { return whole.lines.map { $0.truncated(to: space) } }
    let cut = WrappedText(text, width: space, lineLimit: lineLimit)
    var lines = cut.lines.map { $0.truncated(to: space) }
    if let rest {
      let more = isCut ? value.unicodeScalars[head.endIndex...].count : 0
      let sentence = rest(cut.rest.unicodeScalars.count + more)
      lines += sentence.wrapped(to: space).map(style.dim)
    } else {
      lines[lines.count - 1] = (lines[lines.count - 1] + " …").truncated(to: space)
    }
    return lines
  }
}
