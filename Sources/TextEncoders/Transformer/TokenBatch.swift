internal import Synchronization

/// Sequences that go through a layer together, and what the layers so far made of them.
final class TokenBatch: Sendable {
  /// The tokens of each sequence, as rows of the hidden state.
  let sequences: [Range<Int>]
  private let hidden: Mutex<[Float]>

  /// Batches grow to this many tokens.
  ///
  /// A product costs more for preparing a weight than for multiplying it where there are few tokens;
  /// for many, its results leave the cache.
  private static let tokens = 320

  private init(sequences: [Range<Int>], hidden: [Float]) {
    self.sequences = sequences
    self.hidden = Mutex(hidden)
  }

  /// Calls `body` with the hidden state, `[tokens, width]`; only one thread does so at a time.
  func update(_ body: (inout [Float]) throws -> Void) rethrows {
    try hidden.withLock { try body(&$0) }
  }

  /// The hidden state of each sequence, `[length, width]`.
  func states(width: Int) -> [[Float]] {
    hidden.withLock { hidden in
      sequences.map { Array(hidden[$0.lowerBound * width..<$0.upperBound * width]) }
    }
  }

  /// Divides sequences of `lengths` tokens, whose rows of `width` elements are `rows`.
  ///
  /// From three batches on there are a multiple of four, about equal in size, so that two or four
  /// threads end together. The division does not depend on the number of threads, so neither
  /// do the results.
  static func batches(of lengths: [Int], rows: [Float], width: Int) -> [TokenBatch] {
    let total = lengths.reduce(0, +)
    let needed = (total + tokens - 1) / tokens
    let count = needed < 3 ? max(1, needed) : (needed + 3) / 4 * 4
    var batches: [TokenBatch] = []
    var (sequences, start, end): ([Range<Int>], Int, Int) = ([], 0, 0)
    for (index, length) in lengths.enumerated() {
      sequences.append(end - start..<end - start + length)
      end += length
      let isFull = end * count >= (batches.count + 1) * total
      if isFull || index == lengths.count - 1 {
        batches.append(
          TokenBatch(sequences: sequences, hidden: Array(rows[start * width..<end * width])))
        (sequences, start) = ([], end)
      }
    }
    return batches
  }
}
