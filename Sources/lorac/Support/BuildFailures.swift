import Building
import Formats
import Fusion
import Recipes

/// What went wrong with targets, said once where several have the same fault.
struct BuildFailures {
  private struct Fault {
    let place: RecipePlace
    let target: String
    let failure: Failure
    var others = 0
  }

  private var faults: [Fault] = []
  private var places: [String: Int] = [:]

  init(_ results: [TargetResult], _ selection: RecipeSelection) {
    for (result, target) in zip(results, selection.targets) {
      if let error = result.error { add(error, target) }
    }
  }

  /// What checking found.
  init(_ build: Build, _ selection: RecipeSelection) {
    let found = build.faults
    for (index, target) in selection.targets.enumerated() {
      if let error = found[index] { add(error, target) }
    }
  }

  private mutating func add(_ error: any Error, _ target: RecipeTarget) {
    let failure = Failure(ofTarget: error)
    let text = failure.lines.map(\.message).joined(separator: "\n")
    if let known = places[text] {
      faults[known].others += 1
    } else {
      places[text] = faults.count
      faults.append(Fault(place: target.place, target: target.name, failure: failure))
    }
  }

  var isEmpty: Bool { faults.isEmpty }

  /// That of the first failure which another try would not mend; else of the first.
  var status: Int32 {
    let statuses = faults.map(\.failure.status)
    return statuses.first { !ExitStatus.isTransient($0) } ?? statuses.first ?? 0
  }

  /// Prints the errors.
  func report() {
    for fault in faults {
      let others = fault.others > 0 ? " (and \(Quantity.count(fault.others, "other target")))" : ""
      fault.failure.report(of: "\(fault.place): target '\(fault.target)'\(others)")
    }
  }
}

extension Failure {
  /// The failure of a target, for which what was wrong usage is a fault of the recipe.
  init(ofTarget error: any Error) {
    let failure = Failure(error)
    self = failure.status == ExitStatus.usage ? failure.replacing(status: ExitStatus.data) : failure
  }
}
