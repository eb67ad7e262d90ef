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
      Quantity.count(outcome.tensorCount, "tensor"), dialect,
      outcome.dtypes.map(\.rawValue).joined(separator: " and "),
      "\(Quantity.bytes(outcome.inputByteCount)) → \(Quantity.bytes(outcome.byteCount))",
      changed == 0
        ? "every tensor copied byte for byte"
        : Quantity.count(outcome.tensorCount - changed, "tensor") + " copied",
    ]
    let name = printable(outcome.output.name)
    return [style.bold(outcome.isWritten ? "wrote \(name)" : "would write \(name)")]
      + FactLine.lines(facts.compactMap(\.self))
  }

  /// The dialect, and that of the input where it was another.
  private var dialect: String? {
    guard let dialect = outcome.dialect, let before = outcome.inputDialect, before != dialect else {
      return outcome.dialect?.rawValue
    }
    return "\(before.rawValue) → \(dialect.rawValue)"
  }
}
