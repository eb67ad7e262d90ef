internal import Fusion

/// One HTML page about one target or many: no script, nothing from elsewhere.
///
/// The same targets give the same bytes.
package struct ReportPage: Sendable {
  private let targets: [ReportTarget]
  private let title: String

  /// Targets beyond these have no row.
  package static let rowLimit = 5000
  /// Details stop when the page has this size.
  package static let detailByteCount = 12 << 20

  /// - Parameters:
  ///   - targets: at least one; of several the page starts with a table.
  ///   - title: of the page of several, such as the recipe's name.
  package init(_ targets: [ReportTarget], title: String = "build") {
    precondition(!targets.isEmpty)
    (self.targets, self.title) = (targets, title)
  }

  package var html: String {
    let name = targets.count == 1 ? targets[0].name : title
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
      form-action 'none'"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta name="generator" content="lorac \(LoracVersion.current)"/>
      <title>\(name.shortenedInside(to: 120)) · lorac report</title>
      <style>\(Markup(trusted: PageStyle.rules))</style>
      </head>
      <body>
      <header><p class="brand">lorac <span class="dim">\(LoracVersion.current)</span> report</p>
      <h1>\(.isolated(name.shortenedInside(to: 200)))</h1></header>
      <main>
      \(targets.count == 1 ? TargetSections(targets[0], prefix: "", level: 2).markup : index)
      </main>
      </body>
      </html>

      """
    return page.text
  }

  private var index: Markup {
    var (details, shown): (Markup, Int) = ("", 0)
    for (number, target) in targets.enumerated() {
      guard details.text.utf8.count < Self.detailByteCount else { break }
      details += Self.details(target, number)
      shown += 1
    }
    let rows: [Markup] = targets.prefix(Self.rowLimit).enumerated().map { number, target in
      Self.row(target, number, isLinked: number < shown)
    }
    return """
      \(counts)<section id="targets" aria-labelledby="targets-title">
      <h2 id="targets-title">Targets</h2>
      \(Markup.scrolling)<table class="targets">
      <caption>Every target, in the order of the recipe.</caption>
      <thead><tr><th scope="col">Target</th><th scope="col">Status</th>\
      <th scope="col">Adapters</th><th scope="col" class="number">Rank</th>\
      <th scope="col" class="number">Size</th><th scope="col" class="number">Warnings</th>\
      <th scope="col">Output</th><th scope="col">SHA-256</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      \(limits(shown))</section>
      <section id="details" aria-labelledby="details-title">
      <h2 id="details-title">Details</h2>
      \(details)</section>
      """
  }

  /// How many targets there are of each status.
  private var counts: Markup {
    let words = ["written", "up to date", "planned", "weighed", "failed"]
    let items: [Markup] = words.compactMap { word in
      let count = targets.count { $0.status.word == word }
      return count == 0 ? nil : "<div><dt>\(word)</dt><dd>\(count)</dd></div>\n"
    }
    return """
      <dl class="facts"><div><dt>Targets</dt><dd>\(targets.count)</dd></div>
      \(items)</dl>

      """
  }

  private static func row(_ target: ReportTarget, _ number: Int, isLinked: Bool) -> Markup {
    let name = Markup.isolated(target.name.shortenedInside(to: 80))
    let chosen = target.adapters.filter { $0.weight != 0 }
      .sorted { $0.weight.magnitude > $1.weight.magnitude }
    let list =
      chosen.prefix(4).map {
        "\($0.name.shortenedInside(to: 30)) \(NumberText.decimal($0.weight, 2))"
      }
      .joined(separator: ", ") + (chosen.count > 4 ? ", … (\(chosen.count))" : "")
    let ranks = target.rank?.range.map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)"
    }
    let isFailed = if case .failed = target.status { true } else { false }
    let status = isFailed ? target.status.sentence.shortened(to: 200) : target.status.word
    let file = Markup.isolated((target.output?.file ?? "").shortenedInside(to: 80))
    return """
      <tr\(isFailed ? Markup(" class=\"failed\"") : "")><th scope="row">\
      \(isLinked ? "<a href=\"#t\(number)\">\(name)</a>" : name)</th>\
      <td class="\(isFailed ? "text" : "")">\(.isolated(status))</td>\
      <td class="text">\(.isolated(list))</td><td class="number">\(ranks ?? "")</td>\
      <td class="number">\(target.output?.byteCount.map(NumberText.bytes) ?? "")</td>\
      <td class="number">\(target.warnings.isEmpty ? "" : String(target.warnings.count))</td>\
      <td class="text"><code>\(file)</code></td>\
      <td><code>\(String((target.output?.sha256 ?? "").prefix(12)))</code></td></tr>

      """
  }

  /// The anchor is inside, so that following a link to it opens what was folded.
  private static func details(_ target: ReportTarget, _ number: Int) -> Markup {
    """
    <details class="target"><summary>\(.isolated(target.name.shortenedInside(to: 120))) \
    <span class="dim">\(target.status.word)</span></summary>
    <div id="t\(number)">
    \(TargetSections(target, prefix: "t\(number)-", level: 3).markup)</div></details>

    """
  }

  private func limits(_ shown: Int) -> Markup {
    var parts: [String] = []
    if targets.count > Self.rowLimit {
      parts.append("the first \(Self.rowLimit) of \(targets.count) targets are listed")
    }
    if shown < targets.count {
      parts.append("the first \(shown) have details, as a page of more would be slow")
    }
    return parts.isEmpty
      ? "" : "<p class=\"limit\">To note: \(parts.joined(separator: "; ")).</p>\n"
  }
}

extension Markup {
  /// Text of this program that is HTML already.
  init(trusted text: String) { self.init(stringLiteral: text) }
}
