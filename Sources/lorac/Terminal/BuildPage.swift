import Building
import Formats
import Fusion
import Recipes

/// What a build would do, as lines for the terminal.
struct BuildPage {
  private let forecast: BuildForecast
  private let style: Style
  private let isVerbose: Bool

  init(_ forecast: BuildForecast, style: Style, isVerbose: Bool) {
    (self.forecast, self.style, self.isVerbose) = (forecast, style, isVerbose)
  }

  var lines: [String] {
    let stale = forecast.targets.filter { $0.status == "stale" }
    let unchanged = forecast.targets.count { $0.status == "unchanged" }
    var lines = stale.flatMap(lines(of:))
    if isVerbose {
      lines += forecast.targets.filter { $0.status == "unchanged" }.map {
        "unchanged \(printable($0.name)) → \(printable($0.output ?? ""))"
      }
    }
    if !lines.isEmpty { lines.append("") }
    let total = stale.reduce(0) { $0 + ($1.byteCount ?? 0) }
    lines.append(
      style.bold("would build \(Quantity.count(stale.count, "target"))")
        + ", \(unchanged) unchanged")
    if !stale.isEmpty {
      lines.append(
        "  \(Quantity.bytes(total)) in all, about \(Quantity.bytes(forecast.peakByteCount)) of "
          + "memory at most, about \(Quantity.decimal(forecast.seconds, 1)) s")
    }
    return lines
  }

  private func lines(of target: BuildForecast.Target) -> [String] {
    let weights = target.weights.filter { $0.weight != 0 }
      .map { "\(printable($0.adapter)) \(Quantity.decimal($0.weight, 3))" }
    let limit = target.isUpperBound ? "at most " : ""
    var lines = [
      "\(style.bold(printable(target.name))) → \(printable(target.output ?? "")): "
        + printable(target.reason ?? ""),
      "  \(limit)\(Quantity.bytes(target.byteCount ?? 0)) of "
        + (weights.isEmpty ? "nothing" : weights.joined(separator: ", ")),
    ]
    if isVerbose {
      lines.append("  reads " + target.inputs.map(printable).joined(separator: ", "))
      lines.append(
        "  about \(Quantity.bytes(target.peakByteCount ?? 0)) of memory at most, about "
          + "\(Quantity.decimal(target.seconds ?? 0, 2)) s")
    }
    return lines
  }

  /// What was built, in a line.
  static func summary(of results: [TargetResult], seconds: Double, style: Style) -> String {
    func count(_ status: TargetResult.Status) -> Int { results.count { $0.status == status } }
    var facts = ["built \(Quantity.count(count(.built), "target"))"]
    for status in [TargetResult.Status.unchanged, .failed, .skipped] where count(status) > 0 {
      facts.append("\(count(status)) \(status.rawValue)")
    }
    return style.bold(facts.joined(separator: ", ")) + ", \(Quantity.decimal(seconds, 2)) s"
  }
}

/// Tells of targets as they are finished.
struct TargetPrinter {
  private let common: CommonOptions
  private let console: Console

  init(_ common: CommonOptions, total: Int) {
    self.common = common
    console = common.console
  }

  func print(_ result: TargetResult) {
    switch result.status {
    case .built:
      guard !common.json, !common.quiet else { return }
      let bytes = result.artifacts.reduce(0) { $0 + $1.stamp.byteCount }
      try? StandardOutput.print(
        "built \(printable(result.name)) → \(printable(result.output ?? "")), "
          + "\(Quantity.bytes(bytes)), \(Quantity.decimal(result.seconds, 2)) s")
    case .unchanged: console.explain("unchanged \(result.name)")
    case .skipped: console.explain("skipped \(result.name)")
    case .failed: break
    }
  }
}

/// The targets of a recipe.
struct BuildListing {
  private let selection: RecipeSelection

  init(_ selection: RecipeSelection) { self.selection = selection }

  func print(_ common: CommonOptions) throws {
    guard common.json else {
      let lines = selection.targets.map {
        "\(printable($0.name))\t\(printable($0.request.output.path ?? ""))"
      }
      return try StandardOutput.print(lines.joined(separator: "\n"))
    }
    let targets = selection.targets.map { target in
      JSONValue.object([
        "name": .string(target.name),
        "output": target.request.output.path.map { .string($0) },
        "place": .string("\(target.place)"),
        "inputs": .array(target.inputs.map { .string($0.path) }),
      ])
    }
    let document = JSONValue.object([
      "schema": .string("lorac.build/1"), "recipe": .string(selection.recipe.path),
      "files": .array(selection.recipe.files.map { .string($0) }),
      "targets": .array(targets),
    ])
    try document.print()
  }
}
