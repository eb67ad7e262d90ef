import Building
import Formats
import Fusion
import Recipes

/// The JSON document `lorac.build/1`.
struct BuildDocument {
  let document: JSONValue

  /// Of a build.
  init(
    _ selection: RecipeSelection, _ results: [TargetResult], _ failures: BuildFailures,
    seconds: Double
  ) {
    func count(_ status: TargetResult.Status) -> JSONValue {
      .integer(results.count { $0.status == status })
    }
    document = .object([
      "schema": .string("lorac.build/1"), "recipe": .string(selection.recipe.path),
      "dryRun": .bool(false), "built": count(.built), "unchanged": count(.unchanged),
      "failed": count(.failed), "skipped": count(.skipped),
      "exitStatus": .integer(Int(failures.status)),
      "targets": .array(results.map { ResultDocument($0).document }),
      "seconds": .number(seconds), "peakMemoryBytes": .integer(ProcessMemory.peakBytes),
    ])
  }

  /// Of a dry run.
  init(_ selection: RecipeSelection, _ forecast: BuildForecast, _ failures: BuildFailures) {
    document = .object([
      "schema": .string("lorac.build/1"), "recipe": .string(selection.recipe.path),
      "dryRun": .bool(true), "exitStatus": .integer(Int(failures.status)),
      "targets": .array(forecast.targets.map(Self.member)),
      "predictedPeakMemoryBytes": .integer(forecast.peakByteCount),
      "predictedSeconds": .number(forecast.seconds),
    ])
  }

  private static func member(of target: BuildForecast.Target) -> JSONValue {
    let members: [(String, JSONValue?)] = [
      ("name", .string(target.name)), ("status", .string(target.status)),
      ("reason", target.reason.map { .string($0) }),
      ("output", target.output.map { .string($0) }),
      ("bytes", target.byteCount.map { .integer($0) }),
      ("predictedPeakMemoryBytes", target.peakByteCount.map { .integer($0) }),
      ("predictedSeconds", target.seconds.map { .number($0) }),
      ("inputs", target.inputs.isEmpty ? nil : .array(target.inputs.map { .string($0) })),
      (
        "weights",
        target.weights.isEmpty
          ? nil : .object(pairs: target.weights.map { ($0.adapter, .number($0.weight)) })
      ),
      ("error", target.error.map { .string($0) }),
    ]
    return .object(pairs: members.compactMap { member in member.1.map { (member.0, $0) } })
  }
}
