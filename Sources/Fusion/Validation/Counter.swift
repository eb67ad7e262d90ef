internal import Synchronization

/// Counts what several threads do.
final class Counter: Sendable {
  private let count = Atomic(0)

  /// One more, and how many that makes.
  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
