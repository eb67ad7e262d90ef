import Building
import Formats
import Fusion
import Reports

extension ReportTarget {
  /// Deltas are measured for a page of up to this many targets; each takes about as long as merging.
  private static let measuredCount = 64

  /// What a build did with each of its targets, or would do.
  ///
  /// - Parameters:
  ///   - build: after checking, and after running if it ran.
  ///   - results: one for each target; nil in a dry run.
  ///   - common: how many threads to use.
  /// - Returns: one for each target, in their order.
  /// - Throws: `FormatError` for a tensor that cannot be read.
  static func targets(
    of build: Build, _ results: [TargetResult]?, _ common: CommonOptions
  ) throws -> [ReportTarget] {
    try build.targets.indices.map { index in
      let result = results?[index]
      let name = build.targets[index].name
      if let error = result?.error ?? build.faults[index] {
        let lines = Failure(ofTarget: error).lines.map(\.message)
        return ReportTarget(name: name, status: .failed(lines.joined(separator: "; ")))
      }
      let job = try build.job(index)
      var target = ReportTarget(job.weighed, name: name)
      target.output = Output(file: build.targets[index].request.output.path ?? "")
      target.setPlan(job, build)
      if let files = result?.artifacts, !files.isEmpty {
        target.output?.byteCount = files.reduce(0) { $0 + $1.stamp.byteCount }
        target.output?.sha256 = files.count == 1 ? files[0].sha256 : nil
      }
      switch result?.status {
      case .built: target.status = .written
      case .unchanged: target.status = .unchanged
      default: target.status = .planned
      }
      if result?.status == .built, build.targets.count <= measuredCount,
        case .merge(let job) = job
      {
        target.statistics = try FusedStatistics(
          of: job.plan.resolvingRanks(threads: common.threads), kept: [:],
          threads: common.threads)
      }
      return target
    }
  }

  private mutating func setPlan(_ job: PlannedJob, _ build: Build) {
    func hashes(_ files: [SafetensorsFile]) -> [String] {
      files.compactMap { try? build.digests.digest(ofFile: $0.path) }
    }
    let adapters = job.weighed.library.members.map(\.file.tensors)
    switch job {
    case .merge(let job): add(job.plan, hashes: hashes(adapters), keptEnergy: nil)
    case .bake(let job):
      let base = job.plan.checkpoint.files.map(\.tensors)
      add(job.plan, hashes: hashes(adapters + base), roundingLoss: nil)
    }
  }
}
