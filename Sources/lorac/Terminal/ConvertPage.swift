import Formats

/// What a conversion wrote, as lines for the terminal.
struct ConvertPage {
  private let outcome: ConvertJob.Outcome
  private let style: Style

  init(_ outcome: ConvertJob.Outcome, style: Style) {
    (self.outcome, self.style) = (outcome, style)
  }

  var lines: [String] {
    let changed = outcome.changedCount
    let facts: [String?] = [
      outcome.fileCounts.map {
        "\(Quantity.count($0.weights, "file")) of weights, \($0.copied) copied as they are"
      },
      Quantity.count(outcome.tensorCount, "tensor"), outcome.dialect?.rawValue,
      outcome.dtypes.map(\.rawValue).joined(separator: " and "),
      Quantity.bytes(outcome.byteCount),
      changed == 0
        ? "every tensor copied byte for byte" : "\(outcome.tensorCount - changed) tensors copied",
    ]
    let name = printable(outcome.output.name)
    return [
      style.bold(outcome.isWritten ? "wrote \(name)" : "would write \(name)"),
      "  " + facts.compactMap(\.self).joined(separator: ", "),
    ]
  }
}
