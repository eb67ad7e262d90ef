import Formats
import Fusion

/// The JSON document `lorac.merge/1`.
struct MergeDocument {
  private let weighed: WeighedLibrary
  private let outcome: MergeJob.Outcome
  /// Of what was written, if it is one file.
  private let sha256: String?

  init(_ weighed: WeighedLibrary, _ outcome: MergeJob.Outcome, sha256: String?) {
    (self.weighed, self.outcome, self.sha256) = (weighed, outcome, sha256)
  }

  var document: JSONValue {
    let ranks = outcome.plan.modules.map(\.rank)
    return WeightsDocument(weighed).document(
      schema: "lorac.merge/1",
      more: [
        ("output", output),
        ("inputs", inputs),
        (
          "rank",
          .object([
            "request": .string("\(outcome.plan.options.rank)"),
            "minimum": .integer(ranks.min() ?? 0), "maximum": .integer(ranks.max() ?? 0),
            "keptEnergy": outcome.keptEnergy.map { .number($0) },
          ])
        ),
        (
          "coverage",
          .object([
            "matched": .integer(outcome.plan.modules.count), "unmatched": .array([]),
            "withoutEffect": .array(
              outcome.plan.withoutEffect.map { .string($0.description) }),
          ])
        ),
        ("seconds", .number(outcome.seconds)),
        ("peakMemoryBytes", .integer(ProcessMemory.peakBytes)),
        ("predictedPeakMemoryBytes", .integer(outcome.predictedPeakBytes)),
      ])
  }

  private var output: JSONValue {
    .object([
      "file": .string(outcome.location.destination.name),
      "written": .bool(outcome.isWritten),
      "bytes": .integer(outcome.byteCount),
      "sha256": sha256.map { .string($0) },
      "format": .string(
        outcome.location.destination.zstdLevel == nil ? "safetensors" : "safetensors.zst"),
      "dialect": .string(outcome.plan.dialect.rawValue),
      "dtype": .string(outcome.plan.dtype.rawValue),
      "modules": .integer(outcome.plan.modules.count),
    ])
  }

  private var inputs: JSONValue {
    .array(
      outcome.plan.members.enumerated().map { index, member in
        .object([
          "name": .string(member.name), "file": .string(member.file.path),
          "sha256": index < outcome.inputHashes.count
            ? .string(outcome.inputHashes[index]) : nil,
          "modules": .integer(member.file.modules.count),
        ])
      })
  }
}
