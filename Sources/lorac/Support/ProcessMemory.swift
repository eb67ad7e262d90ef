import CSystem
import Glibc

/// The memory of the process.
enum ProcessMemory {
  /// Buffers of one module serve the next without being given back to the system between.
  static func keepFreedMemory() { lorac_keep_freed_memory() }

  /// The largest resident size so far.
  static var peakBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
