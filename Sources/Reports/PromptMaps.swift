/// Weights, shares and cosines of prompts × adapters, and the prompts in full.
struct PromptMaps {
  private let target: ReportTarget

  /// More of either are left out, with a note.
  static let (rowLimit, columnLimit) = (200, 40)
  /// Scalars of a prompt that are shown beside its row, and in the list.
  private static let (titleLength, textLength) = (100, 2000)

  init(_ target: ReportTarget) { self.target = target }

  var markup: Markup {
    guard !target.prompts.isEmpty else {
      return "<p>The weights were given, not found from prompts.</p>\n"
    }
    let columns = columns
    let fused = HeatMap.Row(
      title: "fused", values: columns.map { target.adapters[$0].weight })
    let summary = target.prompts.count > 1 ? fused : nil
    return """
      \(map("Weights", "what each prompt alone would give", columns, \.weights, summary))\
      \(map("Cosines", "how near the prompt is to the adapter’s key", columns, \.cosines))\
      \(map("Shares", "what attention makes of the cosines", columns, \.shares))\
      \(limits(columns.count))\(list)
      """
  }

  /// The adapters worth a column, in their own order: those with the largest weights and cosines.
  private var columns: [Int] {
    let best = target.adapters.indices.map { index in
      (
        index: index, weight: target.adapters[index].weight.magnitude,
        own: target.prompts.map { $0.weights[index].magnitude }.max() ?? 0,
        cosine: target.prompts.map { $0.cosines[index] }.max() ?? 0
      )
    }.sorted { ($1.weight, $1.own, $1.cosine, $0.index) < ($0.weight, $0.own, $0.cosine, $1.index) }
    return best.prefix(Self.columnLimit).map(\.index).sorted()
  }

  private static func saysMore(_ prompt: ReportTarget.Prompt) -> Bool {
    prompt.embedded != prompt.text || prompt.weight != 1 || !prompt.triggers.isEmpty
      || prompt.text.unicodeScalars.count > titleLength
  }

  private func map(
    _ name: String, _ meaning: String, _ columns: [Int],
    _ values: KeyPath<ReportTarget.Prompt, [Double]>, _ summary: HeatMap.Row? = nil
  ) -> Markup {
    let rows = target.prompts.prefix(Self.rowLimit).map { prompt in
      HeatMap.Row(
        title: .isolated(prompt.text.shortened(to: Self.titleLength)),
        values: columns.map { prompt[keyPath: values][$0] })
    }
    return HeatMap(
      caption: "<b>\(name)</b>: \(meaning).", corner: "Prompt",
      columns: columns.map { target.adapters[$0].name }, rows: Array(rows), summary: summary,
      format: { $0 == 0 ? "0" : NumberText.decimal($0, 3) }
    ).markup
  }

  private func limits(_ columnCount: Int) -> Markup {
    var parts: [String] = []
    if target.adapters.count > columnCount {
      parts.append(
        "the \(columnCount) of \(target.adapters.count) adapters with the largest weights "
          + "and cosines"
      )
    }
    if target.prompts.count > Self.rowLimit {
      parts.append("the first \(Self.rowLimit) of \(target.prompts.count) prompts")
    }
    guard !parts.isEmpty else { return "" }
    return """
      <p class="limit">Shown are \(parts.joined(separator: " and ")); the JSON document has all.</p>

      """
  }

  /// The prompts in full, where that says more than the rows' titles.
  private var list: Markup {
    guard target.prompts.contains(where: Self.saysMore) else { return "" }
    let rows: [Markup] = target.prompts.prefix(Self.rowLimit).map { prompt in
      let embedded: Markup =
        prompt.embedded == prompt.text
        ? "<span class=\"dim\">the same</span>"
        : .isolated(prompt.embedded.shortened(to: Self.textLength))
      let words = prompt.triggers.map { "\($0.word) (\($0.adapter))" }.joined(separator: ", ")
      return """
        <tr><td class="text full">\(.isolated(prompt.text.shortened(to: Self.textLength)))</td>\
        <td class="number">\(NumberText.significant(prompt.weight))</td>\
        <td class="text full">\(embedded)</td>\
        <td class="text">\(.isolated(words.shortened(to: 300)))</td></tr>

        """
    }
    return """
      <details\(target.prompts.count > 20 ? "" : Markup(" open=\"open\""))>\
      <summary>Prompts as they were given and read</summary>
      \(Markup.scrolling)<table>
      <caption>The text that the encoder read differs where web-UI syntax was removed.</caption>
      <thead><tr><th scope="col">Prompt</th><th scope="col" class="number">Weight</th>\
      <th scope="col">Read as</th><th scope="col">Trigger words</th></tr></thead>
      <tbody>\(rows)</tbody></table></div></details>

      """
  }
}
