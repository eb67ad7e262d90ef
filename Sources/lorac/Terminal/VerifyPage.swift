import Building
import Formats
import Fusion

/// What verifying found, as lines for the terminal.
struct VerifyPage {
  private let result: Verification
  private let style: Style

  init(_ result: Verification, style: Style) { (self.result, self.style) = (result, style) }

  var lines: [String] {
    let name = printable(result.artifact)
    guard result.findings.isEmpty else {
      return [style.bold(style.red("not verified") + " \(name)")]
        + result.findings.map { "  \(sentence(of: $0))" }
    }
    let count = Quantity.count(result.statement.dependencies.count, "input")
    switch result.strength {
    case .bytes:
      return [style.bold(style.green("verified") + " \(name)") + ": the same bytes from \(count)"]
    case .deltas:
      return [
        style.bold(style.green("verified") + " \(name)")
          + ": the same deltas from \(count), to \(Quantity.significant(result.distance ?? 0))",
        "  made on '\(printable(result.statement.processor))', made again on "
          + "'\(result.processor)', where sums are rounded otherwise",
      ]
    }
  }

  private func sentence(of finding: Verification.Finding) -> String {
    switch finding {
    case .artifactChanged(let file, let expected, let found):
      "\(printable(file)): is not what was written: SHA-256 \(found), recorded \(expected)"
    case .inputChanged(let file, let expected, let found):
      "\(printable(file)): is not what was read: SHA-256 \(found), recorded \(expected)"
    case .differs(let file, let distance):
      "\(printable(file)): its inputs give other bytes"
        + (distance.map { ", at a distance of \(Quantity.significant($0))" } ?? "")
    }
  }
}
