/// The fused weights as bars, with what each adapter is about.
struct AdapterTable {
  private let target: ReportTarget

  /// Adapters of lesser weight are left out, with a note.
  static let limit = 200
  /// Scalars of a key that are shown.
  private static let keyLength = 400

  init(_ target: ReportTarget) { self.target = target }

  var markup: Markup {
    let adapters = target.adapters
    guard !adapters.isEmpty else { return "<p>No adapter was weighed.</p>\n" }
    let order = adapters.indices.sorted {
      (adapters[$1].weight.magnitude, $0) < (adapters[$0].weight.magnitude, $1)
    }
    let scale = BarScale(adapters.map(\.weight))
    let hasKeys = adapters.contains { !$0.key.isEmpty }
    let rows: [Markup] = order.prefix(Self.limit).map { index in
      let adapter = adapters[index]
      let text = adapter.key.joined(separator: " | ").shortened(to: Self.keyLength)
      let key: Markup =
        hasKeys
        ? """
        <td class="text">\(.isolated(text))</td>\
        <td>\(.isolated((adapter.keySource ?? "").shortened(to: 100)))</td>
        """ : ""
      return """
        <tr\(adapter.weight == 0 ? Markup(" class=\"unused\"") : "")>\
        <th scope="row" title="\(adapter.name.shortened(to: 300))">\
        \(.isolated(adapter.name.shortenedInside(to: 60)))</th>\
        <td class="number">\(NumberText.decimal(adapter.weight, 3))</td>\
        <td class="bars">\(scale.bar(adapter.weight))</td>\(key)</tr>

        """
    }
    let keyHead: Markup =
      hasKeys ? "<th scope=\"col\">Key</th><th scope=\"col\">Key from</th>" : ""
    return """
      \(Markup.scrolling)<table class="adapters">
      <caption>Fused weight of each adapter, the strength included, and the text that says what it \
      is about.</caption>
      <thead><tr><th scope="col">Adapter</th><th scope="col" class="number">Weight</th>\
      <td class="bars"></td>\(keyHead)</tr></thead>
      <tbody>\(rows)</tbody></table></div>
      \(note(order.count))
      """
  }

  private func note(_ count: Int) -> Markup {
    guard count > Self.limit else { return "" }
    return """
      <p class="limit">The \(Self.limit) of \(count) adapters with the largest weights are shown; \
      the JSON document has all.</p>

      """
  }
}

/// Bars on one scale.
struct BarScale {
  private let (least, most): (Double, Double)

  /// The scale of `values`, with 0 on it.
  init(_ values: [Double]) {
    let finite = values.filter(\.isFinite)
    (least, most) = (min(0, finite.min() ?? 0), max(0, finite.max() ?? 0))
  }

  /// A bar from 0 to `value`; the number stands beside it, so it has no text of its own.
  func bar(_ value: Double) -> Markup {
    guard most > least, value.isFinite else { return "" }
    // Halved, as the difference of two numbers may be infinite.
    let span = most / 2 - least / 2
    let zero = -least / 2 / span * 100
    let end = (value / 2 - least / 2) / span * 100
    let (x, width) = (min(zero, end), (end - zero).magnitude)
    let sign = value < 0 ? "below" : "above"
    let axis: Markup =
      least < 0
      ? """
      <line x1="\(NumberText.decimal(zero, 2))" x2="\(NumberText.decimal(zero, 2))" y1="0" y2="10"/>
      """ : ""
    return """
      <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">\
      <rect class="\(sign)" x="\(NumberText.decimal(x, 2))" y="1" \
      width="\(NumberText.decimal(width, 2))" height="8"/>\(axis)</svg>
      """
  }
}
