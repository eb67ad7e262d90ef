internal import Dispatch
internal import Synchronization

/// A file written from front to back on a thread of its own, so that the bytes to follow are
/// computed meanwhile.
final class QueuedOutput: Sendable {
  /// How many pieces may wait to be written.
  private static let room = 8

  private let file: Mutex<OutputFile?>
  private let queue = DispatchQueue(label: "lorac.output")
  private let places = DispatchSemaphore(value: room)
  private let progress = Mutex(Progress())

  private struct Progress {
    var byteCount = 0
    var failure: FormatError?
  }

  init(_ file: consuming OutputFile) {
    self.file = Mutex(file)
  }

  /// Puts `bytes` behind what was appended before; waits while too much waits to be written.
  ///
  /// - Throws: what an earlier write threw.
  func append(_ bytes: [UInt8]) throws(FormatError) {
    if let failure = progress.withLock({ $0.failure }) { throw failure }
    places.wait()
    queue.async { [self] in
      write(bytes)
      places.signal()
    }
  }

  private func write(_ bytes: [UInt8]) {
    let (start, hasFailed) = progress.withLock { ($0.byteCount, $0.failure != nil) }
    guard !hasFailed else { return }
    do {
      try file.withLock { file throws(FormatError) in
        try bytes.withRawBytes { bytes throws(FormatError) in try file?.write(bytes, at: start) }
        file?.startWriteback(of: start..<(start + bytes.count))
      }
      progress.withLock { $0.byteCount += bytes.count }
    } catch {
      progress.withLock { $0.failure = error }
    }
  }

  /// Waits until all is written, gives the file its name, and returns its size.
  ///
  /// - Throws: what a write threw, or the commit.
  func commit(with batch: OutputBatch?) throws(FormatError) -> Int {
    queue.sync {}
    if let failure = progress.withLock({ $0.failure }) { throw failure }
    if let file = file.withLock({ $0.take() }) { try file.commit(with: batch) }
    return progress.withLock { $0.byteCount }
  }
}
