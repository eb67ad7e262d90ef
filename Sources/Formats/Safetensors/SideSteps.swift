internal import Synchronization
internal import Workers

/// Hands out the steps of work that is done beside the writing of a file, each once.
package final class SideSteps: Sendable {
  private let count: Int
  private let step: @Sendable (Int) throws -> Void
  private let taken = Mutex(0)

  /// `step` takes the step of an index below `count`; it is called from several threads at once.
  package init(count: Int, _ step: @escaping @Sendable (Int) throws -> Void) {
    (self.count, self.step) = (count, step)
  }

  /// Takes steps until their part of all is that of the bytes written, so that work for the
  /// cores goes on beside the waiting for the disk to the end.
  func keepUp(with byteCount: Int, of total: Int) throws {
    let due = count * (byteCount >> 12) / max(1, total >> 12)
    while taken.withLock({ $0 < due }), try take() {}
  }

  /// Takes a step; false if there is none left.
  func take() throws -> Bool {
    let step: Int? = taken.withLock { taken in
      guard taken < count else { return nil }
      defer { taken += 1 }
      return taken
    }
    guard let step else { return false }
    try self.step(step)
    return true
  }

  /// Takes all steps that are left.
  func finish(threads: Int) throws {
    try parallelForEach(count: threads, threads: threads) { _ in
      while try take() {}
    }
  }
}
