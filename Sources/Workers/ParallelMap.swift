internal import Synchronization

/// Runs `body` for every index in `0..<count` on `threads` threads, and returns when all ran.
///
/// Indices are handed out in increasing order. When `body` throws, no further index is
/// handed out, and of the errors thrown the one with the lowest index is rethrown, so that
/// the same input gives the same message whatever the timing.
package func parallelForEach(
  count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void
) throws {
  try parallelForEach(count: count, threads: threads, scratch: { () }) { index, _ in
    try body(index)
  }
}

/// As ``parallelForEach(count:threads:_:)``, with a value that each thread makes once and keeps,
/// for buffers that are costly to allocate.
package func parallelForEach<Scratch>(
  count: Int, threads: Int, scratch makeScratch: @Sendable () throws -> Scratch,
  _ body: @Sendable (Int, inout Scratch) throws -> Void
) throws {
  let progress = Mutex(Progress())
  withThreads(max(1, min(threads, count))) {
    var scratch: Scratch?
    while let index = progress.withLock({ $0.next(below: count) }) {
      do {
        var own = try scratch.take() ?? makeScratch()
        try body(index, &own)
        scratch = own
      } catch {
        progress.withLock { $0.fail(at: index, error) }
      }
    }
  }
  if let failure = progress.withLock({ $0.failure }) { throw failure.error }
}

/// `transform` of every index in `0..<count`, computed in parallel, in order of index.
package func parallelMap<Output: Sendable>(
  count: Int, threads: Int, _ transform: @Sendable (Int) throws -> Output
) throws -> [Output] {
  let outputs = Mutex([Output?](repeating: nil, count: count))
  try parallelForEach(count: count, threads: threads) { index in
    let output = try transform(index)
    outputs.withLock { $0[index] = output }
  }
  return outputs.withLock { $0.compactMap(\.self) }
}

private struct Progress {
  var upcoming = 0
  var failure: (index: Int, error: any Error)?

  mutating func next(below count: Int) -> Int? {
    guard failure == nil, upcoming < count else { return nil }
    defer { upcoming += 1 }
    return upcoming
  }

  mutating func fail(at index: Int, _ error: any Error) {
    if let earlier = failure, earlier.index < index { return }
    failure = (index, error)
  }
}
