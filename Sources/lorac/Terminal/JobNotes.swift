import Formats
import Fusion

extension MergeJob {
  /// Says what a user must know of the plan, and with `-v` how it was made.
  func report(to console: Console) {
    for target in plan.withoutEffect {
      console.note("module '\(target)' has alpha 0 and is left out")
    }
    for member in plan.members {
      let scales = Set(member.file.modules.map(\.scale.source.rawValue)).sorted()
      console.explain(
        "\(member.file.path): \(member.file.dialect.rawValue), "
          + "\(Quantity.count(member.file.modules.count, "module")), scale from \(scales.joined(separator: ", "))"
      )
    }
    let fullRank = plan.modules.count { $0.form == .fullRank }
    if fullRank > 0 {
      console.explain("\(Quantity.count(fullRank, "module")) reach full rank and stay at it")
    }
  }
}

extension BakeJob {
  /// Says what a user must know of the plan, and with `-v` how it was made.
  func report(to console: Console) {
    let checkpoint = plan.checkpoint
    console.explain(
      "\(checkpoint.path): \(checkpoint.family.name ?? "unknown family") "
        + "(\(checkpoint.family.evidence)), \(Quantity.count(checkpoint.files.count, "file"))")
    for target in plan.coverage.unmatched {
      console.warn("module '\(target)' has no place in the base and is left out")
    }
    if let first = plan.coverage.void.first {
      let others = plan.coverage.void.count - 1
      console.note(
        "module '\(first)'\(others > 0 ? " and \(others) more" : "") "
          + "\(others > 0 ? "have" : "has") no place in the base, and would change nothing")
    }
    for warning in plan.warnings { console.warn(warning) }
    if plan.targets.isEmpty { console.warn("nothing changes: the result is the base") }
  }
}
