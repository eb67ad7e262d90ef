/// The symbols of one piece of text while pairs of them are merged.
///
/// A doubly linked list in arrays, so that a merge costs the same wherever it is.
struct SymbolChain {
  private static let none: Int32 = -1

  /// `none` where a symbol went into the one before it.
  private var symbols: [Int32] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var queue = MergeQueue()

  /// Makes `symbol` the last one.
  mutating func append(_ symbol: Int32) { symbols.append(symbol) }

  /// Merges pairs, lowest rank first, until no neighbours are a pair in `table`.
  ///
  /// n symbols take O(n log n) time.
  mutating func mergeAll(by table: MergeTable) {
    guard symbols.count > 1 else { return }
    link()
    for position in symbols.indices { enqueue(position, table) }
    while let (rank, position) = queue.pop() {
      // What waited may be gone: merged already, or another pair by now.
      guard let merge = merge(at: position, table), merge.rank == rank else { continue }
      symbols[position] = merge.merged
      removeNext(of: position)
      enqueue(position, table)
      if previous[position] != Self.none { enqueue(Int(previous[position]), table) }
    }
  }

  /// Appends the symbols to `ids`, and empties the chain.
  mutating func drain(to ids: inout [Int]) {
    for symbol in symbols where symbol != Self.none { ids.append(Int(symbol)) }
    symbols.removeAll(keepingCapacity: true)
  }

  private mutating func link() {
    next.removeAll(keepingCapacity: true)
    previous.removeAll(keepingCapacity: true)
    for position in 0..<Int32(symbols.count) {
      next.append(position + 1)
      previous.append(position - 1)
    }
    next[symbols.count - 1] = Self.none
  }

  private func merge(at position: Int, _ table: MergeTable) -> MergeTable.Merge? {
    guard symbols[position] != Self.none, next[position] != Self.none else { return nil }
    return table.merge(symbols[position], symbols[Int(next[position])])
  }

  private mutating func enqueue(_ position: Int, _ table: MergeTable) {
    guard let merge = merge(at: position, table) else { return }
    queue.push(rank: merge.rank, position: position)
  }

  private mutating func removeNext(of position: Int) {
    let removed = Int(next[position])
    symbols[removed] = Self.none
    next[position] = next[removed]
    if next[position] != Self.none { previous[Int(next[position])] = Int32(position) }
  }
}
