internal import Formats
internal import Fusion

extension PlannedJob {
  /// Bytes of factors or weights that a thread writes in a second, as measured on a server of 2024.
  private static let bytesPerSecond = 400e6
  /// Floating-point operations of a thread in a second, of decompositions.
  private static let operationsPerSecond = 5e9

  /// About how long computing takes, in seconds; nothing is promised.
  package func estimatedSeconds(threads: Int) -> Double {
    let cores = Double(max(1, threads))
    switch self {
    case .bake(let job):
      return Double(job.plan.checkpoint.byteCount) / Self.bytesPerSecond / cores
    case .merge(let job):
      var operations = 0.0
      var bytes = 0.0
      for module in job.plan.modules {
        let (out, inner) = (Double(module.out), Double(module.inner))
        let rank = Double(module.stackedRank)
        bytes += rank * (out + inner) * 4
        if case .recompressed = module.form {
          operations += 4 * rank * rank * (out + inner) + 30 * rank * rank * rank
        }
      }
      return 0.001 + (bytes / Self.bytesPerSecond + operations / Self.operationsPerSecond) / cores
    }
  }
}
