/// The names of blocks or modules as the first column of a table, whole and told apart.
///
/// Where they do not fit, common words are shortened; where that is not enough, the long ones have
/// lines of their own above their numbers.
struct NameColumn {
  private let names: [String]
  /// Nil for a name that has lines of its own.
  private let cells: [String?]
  /// What the short words stand for.
  private let words: [(short: String, word: String)]

  /// - Parameters:
  ///   - names: the names, row by row.
  ///   - width: the columns that there are for them.
  init(_ names: [String], width: Int) {
    let names = names.map(\.pageName)
    self.names = names
    func fit(_ names: [String]) -> Bool { names.allSatisfy { $0.terminalWidth <= width } }
    let shortened = names.map(Self.shortened)
    let isTold = fit(shortened) && Set(shortened).count == Set(names).count
    if isTold, !fit(names) {
      let used = Set(names.flatMap { $0.split(separator: ".") })
      cells = shortened
      words = Self.shortWords.filter { used.contains($0.word[...]) }
    } else {
      cells = names.map { $0.terminalWidth <= width ? $0 : nil }
      words = []
    }
  }

  /// In the order of the legend.
  private static let shortWords: [(short: String, word: String)] = [
    ("te", "text_encoder"), ("te2", "text_encoder_2"), ("te3", "text_encoder_3"),
    ("tm", "text_model"), ("enc", "encoder"), ("down", "down_blocks"), ("mid", "mid_block"),
    ("up", "up_blocks"), ("att", "attentions"), ("res", "resnets"), ("tb", "transformer_blocks"),
    ("stb", "single_transformer_blocks"),
  ]
  private static let shortForms = Dictionary(
    uniqueKeysWithValues: shortWords.map { ($0.word[...], $0.short[...]) })

  private static func shortened(_ name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false)
      .map { shortForms[$0] ?? $0 }.joined(separator: ".")
  }

  /// What stands in the column, row by row.
  var texts: [String] { cells.map { $0 ?? "" } }

  /// `rows`, which start with ``texts``, with the names that have lines of their own above them.
  func lines(_ rows: some Sequence<String>, indent: Int, width: Int) -> [String] {
    let start = String(repeating: " ", count: indent)
    return zip(zip(names, cells), rows).flatMap { name, row in
      name.1 == nil ? name.0.wrapped(to: width - indent).map { start + $0 } + [row] : [row]
    }
  }

  /// The line that says what short words stand for; none where there are none.
  func legend(style: Style, width: Int) -> [String] {
    guard !words.isEmpty else { return [] }
    // Lines are divided between words, not behind a colon.
    let text = words.map { "\($0.short):\u{A0}\($0.word)" }.joined(separator: ", ")
    return text.wrapped(to: width - 2).map {
      style.dim("  " + $0.replacing("\u{A0}", with: " "))
    }
  }
}
