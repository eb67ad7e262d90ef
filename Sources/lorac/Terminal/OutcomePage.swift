import Formats
import Fusion

/// What a merge wrote, as lines for the terminal.
struct OutcomePage {
  private let outcome: MergeJob.Outcome
  private let style: Style

  init(_ outcome: MergeJob.Outcome, style: Style) {
    (self.outcome, self.style) = (outcome, style)
  }

  var lines: [String] {
    let plan = outcome.plan
    let ranks = plan.modules.map(\.rank)
    let (least, most) = (ranks.min() ?? 0, ranks.max() ?? 0)
    let rank = least == most ? "rank \(most)" : "rank \(least) to \(most)"
    var facts = [
      "\(Quantity.count(plan.active.count, "adapter")) of \(plan.members.count)",
      Quantity.count(plan.modules.count, "module"), rank, plan.dialect.rawValue,
      plan.dtype.rawValue, Quantity.bytes(outcome.byteCount),
    ]
    if plan.options.rank != .exact, let kept = outcome.keptEnergy {
      facts.append("\(Quantity.decimal(kept * 100, 2)) % of the squared norm kept")
    }
    let name = printable(outcome.location.destination.name)
    guard outcome.isWritten else {
      let limit = outcome.isUpperBound ? " at most" : ""
      return [
        "", style.bold("would write\(limit) \(name)"),
      ] + FactLine.lines(facts) + [
        "  about \(Quantity.bytes(outcome.predictedPeakBytes)) of memory at most"
      ]
    }
    facts.append("\(Quantity.decimal(outcome.seconds, 2)) s")
    return ["", style.bold("wrote \(name)")] + FactLine.lines(facts)
  }
}
