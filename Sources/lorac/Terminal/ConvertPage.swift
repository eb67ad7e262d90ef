import Formats
import Fusion

/// What a conversion wrote, as lines for the terminal.
struct ConvertPage {
  private let outcome: ConvertJob.Outcome
  private let style: Style

  init(_ outcome: ConvertJob.Outcome, style: Style) {
    (self.outcome, self.style) = (outcome, style)
  }

  var lines: [String] {
    let plan = outcome.plan
    let types = Set(outcome.layout.entries.map(\.dtype)).sorted { $0.order > $1.order }
    let changed = plan.changedCount
    let facts: [String?] = [
      Quantity.count(plan.tensorCount, "tensor"), plan.dialect?.rawValue,
      types.map(\.rawValue).joined(separator: " and "), Quantity.bytes(outcome.byteCount),
      changed == 0 ? "every tensor copied byte for byte" : "\(plan.tensorCount - changed) copied",
    ]
    let name = printable(outcome.location.destination.name)
    return [
      style.bold(outcome.isWritten ? "wrote \(name)" : "would write \(name)"),
      "  " + facts.compactMap(\.self).joined(separator: ", "),
    ]
  }
}
