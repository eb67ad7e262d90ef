import Building
import Fusion

/// What a build would do.
struct BuildForecast {
  struct Target {
    let name: String
    /// `stale`, `unchanged` or `failed`.
    let status: String
    let reason: String?
    let output: String?
    var byteCount: Int?
    var isUpperBound = false
    var peakByteCount: Int?
    var seconds: Double?
    var inputs: [String] = []
    var weights: [(adapter: String, weight: Double)] = []
    var error: String?
  }

  private(set) var targets: [Target] = []
  /// Of the largest target, or the small ones at once.
  private(set) var peakByteCount = 0
  private(set) var seconds = 0.0

  init(_ build: Build, _ selection: RecipeSelection, threads: Int) throws {
    let faults = build.faults
    for index in build.targets.indices {
      let (name, output) = (build.targets[index].name, build.targets[index].request.output.path)
      guard case .stale(let reason) = build.statuses[index] else {
        targets.append(Target(name: name, status: "unchanged", reason: nil, output: output))
        continue
      }
      if let fault = faults[index] {
        var target = Target(name: name, status: "failed", reason: "\(reason)", output: output)
        target.error = Failure(ofTarget: fault).lines.map(\.message).joined(separator: "; ")
        targets.append(target)
        continue
      }
      let job = try build.job(index)
      let size = try job.size(threads: threads)
      var target = Target(name: name, status: "stale", reason: "\(reason)", output: output)
      (target.byteCount, target.isUpperBound) = (size.byteCount, size.isUpperBound)
      target.peakByteCount = size.peakByteCount
      target.seconds = job.estimatedSeconds(threads: threads)
      target.inputs = job.inputFiles
      target.weights = Array(zip(job.weighed.weights.adapters, job.weighed.weights.weights))
      targets.append(target)
      peakByteCount = max(peakByteCount, size.peakByteCount)
      seconds += target.seconds ?? 0
    }
  }
}
