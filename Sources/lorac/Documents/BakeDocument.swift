import Formats
import Fusion

/// The JSON document `lorac.merge/1` of a bake.
struct BakeDocument {
  private let weighed: WeighedLibrary
  private let outcome: BakeJob.Outcome
  /// Of what was written, if it is one file.
  private let sha256: String?

  init(_ weighed: WeighedLibrary, _ outcome: BakeJob.Outcome, sha256: String?) {
    (self.weighed, self.outcome, self.sha256) = (weighed, outcome, sha256)
  }

  var document: JSONValue {
    WeightsDocument(weighed).document(
      schema: "lorac.merge/1",
      more: [
        ("output", output), ("inputs", inputs), ("base", base),
        ("rank", .object(["request": .string("exact")])), ("coverage", coverage),
        ("rounding", .object(["lostShare": outcome.roundingLoss.map { .number($0) }])),
        ("seconds", .number(outcome.seconds)),
        ("peakMemoryBytes", .integer(ProcessMemory.peakBytes)),
        ("predictedPeakMemoryBytes", .integer(outcome.predictedPeakBytes)),
      ])
  }

  private var output: JSONValue {
    let types = Set(outcome.plan.targets.map(\.tensor.entry.dtype))
    return .object([
      "file": .string(outcome.location.name),
      "written": .bool(outcome.isWritten),
      "bytes": .integer(outcome.byteCount),
      "sha256": sha256.map { .string($0) },
      "format": .string(outcome.location.format),
      "dtype": types.count == 1 ? types.first.map { .string($0.rawValue) } : nil,
      "modules": .integer(outcome.plan.coverage.matched),
      "changedTensors": .integer(outcome.plan.targets.count),
    ])
  }

  private var inputs: JSONValue {
    .array(
      outcome.plan.members.enumerated().map { index, member in
        .object([
          "name": .string(member.name), "file": .string(member.file.path),
          "sha256": outcome.hashes.isEmpty ? nil : .string(outcome.hashes[index]),
          "modules": .integer(member.file.modules.count),
        ])
      })
  }

  private var base: JSONValue {
    let checkpoint = outcome.plan.checkpoint
    let hashes = outcome.hashes.dropFirst(outcome.plan.members.count)
    let files = checkpoint.files.enumerated().map { index, file in
      JSONValue.object([
        "file": .string(file.tensors.path),
        "sha256": hashes.isEmpty ? nil : .string(hashes[hashes.startIndex + index]),
        "bytes": .integer(file.tensors.byteCount),
      ])
    }
    return .object([
      "file": .string(checkpoint.path), "family": checkpoint.family.name.map { .string($0) },
      "evidence": .string(checkpoint.family.evidence), "files": .array(files),
    ])
  }

  private var coverage: JSONValue {
    let coverage = outcome.plan.coverage
    func names(_ targets: [ModuleTarget]) -> JSONValue {
      .array(targets.map { .string($0.description) })
    }
    return .object([
      "matched": .integer(coverage.matched),
      "total": .integer(coverage.main.total + coverage.textEncoders.total),
      "textEncoderModules": .integer(coverage.textEncoders.matched),
      "unmatched": names(coverage.unmatched), "withoutEffect": names(coverage.void),
    ])
  }
}
