internal import Dispatch

/// Lets work of known size wait until others have given back the memory that it needs.
package final class MemoryBudget: Sendable {
  /// What is counted together.
  private static let blockByteCount = 16 << 20

  private let blockCount: Int
  private let blocks: DispatchSemaphore
  /// One at a time collects blocks, so that two that wait do not hold what the other waits for.
  private let turn = DispatchSemaphore(value: 1)

  package init(byteCount: Int) {
    blockCount = max(1, byteCount / Self.blockByteCount)
    blocks = DispatchSemaphore(value: blockCount)
  }

  /// Calls `body` when `byteCount` are free; for what is larger than the budget, when all is.
  package func with<Result>(byteCount: Int, _ body: () throws -> Result) rethrows -> Result {
    let count = min(blockCount, (byteCount + Self.blockByteCount - 1) / Self.blockByteCount)
    turn.wait()
    for _ in 0..<count { blocks.wait() }
    turn.signal()
    defer { for _ in 0..<count { blocks.signal() } }
    return try body()
  }
}
