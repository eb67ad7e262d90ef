import Formats
import Fusion

/// What a bake wrote, as lines for the terminal.
struct BakePage {
  private let outcome: BakeJob.Outcome
  private let style: Style

  init(_ outcome: BakeJob.Outcome, style: Style) {
    (self.outcome, self.style) = (outcome, style)
  }

  var lines: [String] {
    let plan = outcome.plan
    var facts = [
      "\(Quantity.count(plan.active.count, "adapter")) of \(plan.members.count)",
      plan.coverage.sentence,
      "\(Quantity.count(plan.targets.count, "tensor")) of \(tensorCount)",
      Quantity.bytes(outcome.byteCount),
    ]
    let name = printable(outcome.location.name)
    guard outcome.isWritten else {
      return [
        "", style.bold("would write \(name)"),
      ] + FactLine.lines(facts) + [
        "  about \(Quantity.bytes(outcome.predictedPeakBytes)) of memory at most"
      ]
    }
    if let loss = outcome.roundingLoss, !plan.targets.isEmpty {
      facts.append("\(Quantity.decimal(loss * 100, 2)) % of the delta lost to rounding")
    }
    facts.append("\(Quantity.decimal(outcome.seconds, 2)) s")
    return ["", style.bold("wrote \(name)")] + FactLine.lines(facts)
  }

  private var tensorCount: Int {
    outcome.plan.checkpoint.files.reduce(0) { $0 + $1.tensors.header.tensors.count }
  }
}
