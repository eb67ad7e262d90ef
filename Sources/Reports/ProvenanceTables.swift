internal import Fusion

/// What went in, and how it was treated.
struct ProvenanceTables {
  private let target: ReportTarget

  /// Inputs beyond these are left out, with a note.
  private static let limit = 1000

  init(_ target: ReportTarget) { self.target = target }

  var markup: Markup {
    let settings = [("lorac", LoracVersion.current)] + target.settings.map { ($0.name, $0.value) }
    let facts: [Markup] = settings.map { name, value in
      let width: Markup = value.utf8.count > 40 ? " class=\"wide\"" : ""
      return "<div\(width)><dt>\(name)</dt><dd>\(.isolated(value.shortened(to: 500)))</dd></div>\n"
    }
    return "<dl class=\"facts settings\">\n\(facts)</dl>\n\(inputs)"
  }

  private var inputs: Markup {
    guard !target.inputs.isEmpty else { return "" }
    let hasHashes = target.inputs.contains { $0.sha256 != nil }
    let rows: [Markup] = target.inputs.prefix(Self.limit).map { input in
      let hash: Markup =
        hasHashes ? "<td><code class=\"hash\">\(input.sha256 ?? "–")</code></td>" : ""
      let file = Markup.isolated(input.file.shortenedInside(to: 300))
      return """
        <tr><th scope="row">\(.isolated(input.name.shortenedInside(to: 60)))</th>\
        <td>\(input.role)</td>\
        <td class="number">\(input.moduleCount.map(String.init) ?? "")</td>\
        <td class="text"><code>\(file)</code></td>\(hash)</tr>

        """
    }
    let more: Markup =
      target.inputs.count > Self.limit
      ? """
      <p class="limit">The first \(Self.limit) of \(target.inputs.count) inputs are shown.</p>

      """ : ""
    let without: Markup =
      hasHashes ? "" : " SHA-256 is computed when the files are read as a whole, in a merge."
    return """
      \(Markup.scrolling)<table class="inputs">
      <caption>Files that were read.\(without)</caption>
      <thead><tr><th scope="col">Input</th><th scope="col">As</th>\
      <th scope="col" class="number">Modules</th><th scope="col">File</th>\
      \(hasHashes ? Markup("<th scope=\"col\">SHA-256</th>") : "")</tr></thead>
      <tbody>\(rows)</tbody></table></div>
      \(more)
      """
  }
}
