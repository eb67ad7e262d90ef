import Formats
import Fusion
import Reports

extension ReportTarget {
  /// What a merge wrote, or would write; measures the deltas where it wrote.
  ///
  /// - Throws: `FormatError` for a tensor that cannot be read.
  init(
    _ weighed: WeighedLibrary, _ outcome: MergeJob.Outcome, sha256: String?,
    _ common: CommonOptions
  ) throws {
    let file = outcome.location.destination
    self.init(weighed, name: Self.name(of: outcome.location.folder ?? file.name))
    status = outcome.isWritten ? .written : .planned
    var output = Output(file: file.name)
    output.byteCount = outcome.isUpperBound ? nil : outcome.byteCount
    output.sha256 = sha256
    output.container = file.zstdLevel == nil ? "safetensors" : "safetensors.zst"
    self.output = output
    add(
      outcome.plan, hashes: outcome.inputHashes,
      keptEnergy: outcome.plan.options.rank == .exact ? nil : outcome.keptEnergy)
    guard outcome.isWritten else { return }
    statistics = try FusedStatistics(
      of: outcome.plan, kept: outcome.spectra, threads: common.threads)
  }

  /// What a bake wrote, or would write; measures the deltas where it wrote.
  ///
  /// - Throws: `FormatError` for a tensor that cannot be read.
  init(
    _ weighed: WeighedLibrary, _ outcome: BakeJob.Outcome, sha256: String?,
    _ common: CommonOptions
  ) throws {
    self.init(weighed, name: Self.name(of: outcome.location.name))
    status = outcome.isWritten ? .written : .planned
    var output = Output(file: outcome.location.name)
    output.byteCount = outcome.byteCount
    output.sha256 = sha256
    output.container = outcome.location.format
    self.output = output
    add(outcome.plan, hashes: outcome.hashes, roundingLoss: outcome.roundingLoss)
    guard let squares = outcome.deltaSquares else { return }
    statistics = try FusedStatistics(
      of: outcome.plan, deltaSquares: squares, threads: common.threads)
  }

  private static func name(of path: String) -> String { Folder.split(path).name }
}
