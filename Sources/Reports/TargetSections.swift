/// The sections that say everything of one target.
struct TargetSections {
  private let target: ReportTarget
  /// Before the ids of sections, so that those of several targets differ.
  private let prefix: String
  /// Of the sections' headings.
  private let level: Int

  init(_ target: ReportTarget, prefix: String, level: Int) {
    (self.target, self.prefix, self.level) = (target, prefix, level)
  }

  var markup: Markup {
    var result: Markup = ""
    result += SummaryFacts(target).markup
    result += messages
    result += section("weights", "Adapters", AdapterTable(target).markup)
    result += section("prompts", "Prompts × adapters", PromptMaps(target).markup)
    if let statistics = target.statistics {
      result += section("norms", "Norms by block", NormTable(statistics, target).markup)
      result += section("energy", "Kept energy by rank", EnergySection(statistics, target).markup)
    }
    result += section("provenance", "Provenance", ProvenanceTables(target).markup)
    return result
  }

  private func section(_ id: String, _ title: String, _ content: Markup) -> Markup {
    """
    <section id="\(prefix)\(id)" aria-labelledby="\(prefix)\(id)-title">
    <h\(level) id="\(prefix)\(id)-title">\(title)</h\(level)>
    \(content)</section>

    """
  }

  /// Warnings and notes beyond these are left out, with a note.
  private static let messageLimit = 200

  private var messages: Markup {
    list(target.warnings, kind: "warning", title: "Warnings")
      .followed(by: unmatched)
      .followed(by: list(target.notes, kind: "note", title: "Notes"))
  }

  private var unmatched: Markup {
    list(
      target.unmatched.map { "module '\($0)' has no place in the base and is left out" },
      kind: "warning", title: "Left out")
  }

  private func list(_ texts: [String], kind: String, title: String) -> Markup {
    guard !texts.isEmpty else { return "" }
    let items: [Markup] = texts.prefix(Self.messageLimit).map { text in
      "<li>\(.isolated(text.shortened(to: 1000)))</li>\n"
    }
    let more: Markup =
      texts.count > Self.messageLimit
      ? "<li>and \(texts.count - Self.messageLimit) more</li>" : ""
    return """
      <section class="messages \(kind)" aria-label="\(title)">
      <h\(level)>\(title)</h\(level)>
      <ul>\(items)\(more)</ul></section>

      """
  }
}

extension Markup {
  func followed(by other: Markup) -> Markup { "\(self)\(other)" }
}
