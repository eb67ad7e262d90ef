internal import Fusion

/// What was written, in a few facts.
struct SummaryFacts {
  private let target: ReportTarget

  init(_ target: ReportTarget) { self.target = target }

  var markup: Markup {
    let facts: [Markup] = facts.map { "<div><dt>\($0)</dt><dd>\($1)</dd></div>\n" }
    let wide: [Markup] = wideFacts.map {
      "<div class=\"wide\"><dt>\($0)</dt><dd>\($1)</dd></div>\n"
    }
    return "<dl class=\"facts\">\n\(facts)\(wide)</dl>\n"
  }

  private var facts: [(String, Markup)] {
    var facts: [(String, Markup)] = [("Status", "\(target.status.sentence)")]
    if let output = target.output {
      if let count = output.byteCount {
        facts.append(("Size", "\(NumberText.bytes(count)) <span class=\"dim\">(\(count))</span>"))
      }
      let form = [output.container, output.dialect, output.dtype].compactMap(\.self)
      if !form.isEmpty { facts.append(("Form", "\(form.joined(separator: ", "))")) }
      if let count = output.moduleCount { facts.append(("Modules", "\(count)")) }
    }
    if let rank = target.rank { facts.append(("Rank", Self.text(rank))) }
    if let kept = target.rank?.keptEnergy {
      facts.append(("Energy kept", "\(NumberText.decimal(kept * 100, 3)) %"))
    }
    if let loss = target.roundingLoss {
      facts.append(("Lost to rounding", "\(NumberText.decimal(loss * 100, 3)) % of the delta"))
    }
    if !target.adapters.isEmpty {
      let used = target.adapters.count { $0.weight != 0 }
      facts.append(("Adapters", "\(used) of \(target.adapters.count)"))
    }
    if let effective = target.effectiveAdapters {
      facts.append(("Effective adapters", "\(NumberText.decimal(effective, 2))"))
    }
    if !target.prompts.isEmpty { facts.append(("Prompts", "\(target.prompts.count)")) }
    if let norm = target.statistics?.total.frobeniusNorm {
      facts.append(("‖ΔW‖", "\(NumberText.significant(norm))"))
    }
    return facts
  }

  /// Those that need a line of their own.
  private var wideFacts: [(String, Markup)] {
    var facts: [(String, Markup)] = []
    if let output = target.output {
      facts.append(("Output", "<code>\(.isolated(output.file.shortenedInside(to: 300)))</code>"))
    }
    if let hash = target.output?.sha256 {
      facts.append(("SHA-256", "<code class=\"hash\">\(hash)</code>"))
    }
    return facts
  }

  private static func text(_ rank: ReportTarget.Rank) -> Markup {
    guard let range = rank.range else { return "\(rank.request)" }
    let ranks =
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    return "\(ranks) <span class=\"dim\">(asked for: \(rank.request))</span>"
  }
}

extension ReportTarget.Status {
  /// As the page says it.
  package var sentence: String {
    switch self {
    case .weighed: "weights only, nothing written"
    case .planned: "dry run, nothing written"
    case .written: "written"
    case .unchanged: "up to date"
    case .failed(let why): "failed: \(why.shortened(to: 1000))"
    }
  }

  /// In a word.
  var word: String {
    switch self {
    case .weighed: "weighed"
    case .planned: "planned"
    case .written: "written"
    case .unchanged: "up to date"
    case .failed: "failed"
    }
  }
}
