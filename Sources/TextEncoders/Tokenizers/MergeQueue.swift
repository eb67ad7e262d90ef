/// Pairs that wait to be merged; the lowest rank comes first, of equal ones the leftmost.
///
/// A binary heap.
struct MergeQueue {
  /// The rank in the upper half, the position in the lower: their order is that of the numbers.
  private var heap: [UInt64] = []

  mutating func push(rank: UInt32, position: Int) {
    var child = heap.count
    heap.append(UInt64(rank) << 32 | UInt64(UInt32(position)))
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> (rank: UInt32, position: Int)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    return (UInt32(first >> 32), Int(UInt32(truncatingIfNeeded: first)))
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
