import CSystem

/// The memory of the process.
enum ProcessMemory {
  /// Buffers of one module serve the next without being given back to the system between.
  static func keepFreedMemory() { lorac_keep_freed_memory() }

  /// The largest resident size so far; 0 where the system does not tell.
  ///
  /// Not that of `getrusage`, which a process has from the one that started it.
  static var peakBytes: Int { lorac_peak_resident_bytes() }
}
