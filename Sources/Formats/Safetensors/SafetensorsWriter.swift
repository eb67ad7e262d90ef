internal import Synchronization
internal import Workers

/// Where a safetensors file goes, and how.
package struct SafetensorsDestination: Sendable {
  package enum Place: Sendable, Hashable {
    case file(String)
    case standardOutput
  }

  package var place: Place
  /// The zstd level, 1 to 22; nil writes the plain file.
  package var zstdLevel: Int?
  /// Whether a file that has the name already may be replaced.
  package var replaces: Bool
  /// What a file waits for before it gets its name; nil for nothing.
  package var batch: OutputBatch?

  package init(place: Place, zstdLevel: Int? = nil, replaces: Bool = true) {
    (self.place, self.zstdLevel, self.replaces) = (place, zstdLevel, replaces)
  }

  /// Nil for standard output.
  package var path: String? {
    if case .file(let path) = place { path } else { nil }
  }

  /// What errors call the destination.
  package var name: String {
    switch place {
    case .file(let path): path
    case .standardOutput: "standard output"
    }
  }
}

/// Work that is done along with the writing of a file, and that its header waits for.
package struct SideWork: Sendable {
  /// How many steps there are.
  package let stepCount: Int
  /// Takes one step; called from several threads at once.
  package let step: @Sendable (Int) throws -> Void
  /// The layout with the final header, of the same length; called when all steps are done.
  package let finish: @Sendable () throws -> SafetensorsLayout

  package init(
    stepCount: Int, step: @escaping @Sendable (Int) throws -> Void,
    finish: @escaping @Sendable () throws -> SafetensorsLayout
  ) {
    (self.stepCount, self.step, self.finish) = (stepCount, step, finish)
  }
}

/// Writes a planned safetensors file, computing its tensors in parallel, a unit at a time.
///
/// A unit is a run of bytes of the data area that is computed together, mostly the tensors of one
/// module. At most a few units are in memory. The bytes do not depend on the number of threads.
package struct SafetensorsWriter: Sendable {
  package let layout: SafetensorsLayout
  /// The units, in order; they cover the data area without gap.
  package let units: [Range<Int>]
  package let destination: SafetensorsDestination
  package let threads: Int

  package init(
    layout: SafetensorsLayout, units: [Range<Int>], destination: SafetensorsDestination,
    threads: Int
  ) {
    (self.layout, self.units) = (layout, units)
    (self.destination, self.threads) = (destination, threads)
  }

  /// Computes and writes everything; the file appears when all is done.
  ///
  /// - Parameters:
  ///   - side: other work that the header waits for; a plain file's goes on along with it.
  ///   - produce: fills the buffer, which has the size of the unit, with the bytes of the unit of
  ///     that index. Called from several threads at once.
  /// - Returns: the number of bytes written.
  /// - Throws: `FormatError` of the output, and what `produce` throws.
  package func write(
    along side: SideWork? = nil, _ produce: @Sendable (Int, UnitBuffer) throws -> Void
  ) throws -> Int {
    if case .file(let path) = destination.place, destination.zstdLevel == nil {
      return try writePlain(to: path, along: side, produce)
    }
    if let side {
      try parallelForEach(count: side.stepCount, threads: threads) { try side.step($0) }
    }
    let header = try side?.finish().header ?? layout.header
    switch destination.place {
    case .file(let path):
      let output = QueuedOutput(
        try OutputFile(path: path, byteCount: nil, replaces: destination.replaces))
      try stream(header, produce) { try output.append($0) }
      return try output.commit(with: destination.batch)
    case .standardOutput:
      var byteCount = 0
      try stream(header, produce) { bytes in
        try bytes.withRawBytes { try StandardOutput.write($0) }
        byteCount += bytes.count
      }
      return byteCount
    }
  }

  /// Hands out the bytes of the file from front to back, compressed if that is asked for.
  private func stream(
    _ header: [UInt8], _ produce: @Sendable (Int, UnitBuffer) throws -> Void,
    _ body: ([UInt8]) throws -> Void
  ) throws {
    if let level = destination.zstdLevel {
      try streamCompressed(header, level: level, produce, body)
    } else {
      try body(header)
      try inOrder(produce, body)
    }
  }

  private func writePlain(
    to path: String, along side: SideWork?,
    _ produce: @Sendable (Int, UnitBuffer) throws -> Void
  ) throws -> Int {
    let output = try OutputFile(
      path: path, byteCount: layout.fileByteCount, replaces: destination.replaces)
    let steps = SideSteps(count: side?.stepCount ?? 0) { try side?.step($0) }
    let turn = Turn()
    // A thread that waits for the disk leaves its core to another.
    let workers = output.isDirect ? 3 * threads : threads
    let headerByteCount = layout.header.count
    try parallelForEach(count: units.count, threads: workers, scratch: UnitBuffer.init) {
      index, buffer in
      let offset = headerByteCount + units[index].lowerBound
      try buffer.prepare(count: units[index].count, at: offset)
      try produce(index, buffer)
      if output.isDirect {
        try output.write(buffer, at: offset)
        try steps.keepUp(with: units[index].upperBound, of: layout.dataByteCount)
        return
      }
      // The system lets one thread at a time write to a file; the others do something else.
      while try !turn.takeIfFree({ try output.write(buffer, at: offset) }) {
        guard try steps.take() else {
          try turn.take { try output.write(buffer, at: offset) }
          break
        }
      }
      if destination.batch == nil {
        output.startWriteback(of: offset..<(offset + units[index].count))
      }
    }
    try steps.finish(threads: threads)
    let header = try side?.finish().header ?? layout.header
    precondition(header.count == layout.header.count, "a header must keep its length")
    try header.withRawBytes { try output.write($0, at: 0) }
    try output.commit(with: destination.batch)
    return layout.fileByteCount
  }

  /// How many bytes of units are in memory at once when they must leave in order.
  private static let batchByteCount = 32 << 20

  /// Computes the units in parallel, a batch at a time, and hands out their bytes in order.
  private func inOrder(
    _ produce: @Sendable (Int, UnitBuffer) throws -> Void, _ body: ([UInt8]) throws -> Void
  ) throws {
    var next = 0
    while next < units.count {
      var end = next + 1
      while end < units.count,
        units[end].upperBound - units[next].lowerBound <= Self.batchByteCount
      { end += 1 }
      let first = next
      let pieces = try parallelMap(count: end - first, threads: threads) { index in
        let buffer = UnitBuffer()
        try buffer.prepare(count: units[first + index].count, at: 0)
        try produce(first + index, buffer)
        return buffer.withRawBytes(of: 0..<buffer.count) { $0.copied() }
      }
      for piece in pieces { try body(piece) }
      next = end
    }
  }

  /// The size of the content of a frame of tensors.
  static let frameByteCount = 4 << 20

  /// Hands out the file as independent zstd frames, in order, and the seek table last.
  ///
  /// The header is a frame of its own; tensors follow in frames of ``frameByteCount``, cut
  /// without regard to where a tensor ends.
  private func streamCompressed(
    _ header: [UInt8], level: Int, _ produce: @Sendable (Int, UnitBuffer) throws -> Void,
    _ body: ([UInt8]) throws -> Void
  ) throws {
    var frames: [(compressed: Int, content: Int)] = []
    /// Compresses `bytes` from the front, all of it or whole frames only, and returns how much.
    func flush(_ bytes: [UInt8], frame: Int, all: Bool) throws -> Int {
      let count = all ? (bytes.count + frame - 1) / frame : bytes.count / frame
      let compressed = try parallelMap(count: count, threads: threads) { index in
        try compress(bytes, index * frame..<min((index + 1) * frame, bytes.count), level: level)
      }
      for (index, piece) in compressed.enumerated() {
        try body(piece)
        frames.append((piece.count, min(frame, bytes.count - index * frame)))
      }
      return min(count * frame, bytes.count)
    }
    _ = try flush(header, frame: header.count, all: true)
    var pending: [UInt8] = []
    try inOrder(produce) { bytes in
      pending += bytes
      guard pending.count >= Self.batchByteCount else { return }
      pending.removeFirst(try flush(pending, frame: Self.frameByteCount, all: false))
    }
    _ = try flush(pending, frame: Self.frameByteCount, all: true)
    try body(SeekTable.encoded(frames))
  }

  private func compress(_ bytes: [UInt8], _ range: Range<Int>, level: Int) throws -> [UInt8] {
    do {
      return try bytes.withRawBytes { bytes throws(ZstdFault) in
        try ZstdCompressor(level: level).compress(bytes.extracting(range))
      }
    } catch {
      throw FormatError(
        .inputOutput, file: destination.name, "zstd cannot compress: \(error.reason)")
    }
  }
}

/// Lets one thread at a time do something.
private final class Turn: Sendable {
  private let mutex = Mutex(false)

  func take(_ body: () throws -> Void) throws {
    try mutex.withLock { _ in try body() }
  }

  /// Runs `body` and returns true, or returns false if another thread has the turn.
  func takeIfFree(_ body: () throws -> Void) throws -> Bool {
    try mutex.withLockIfAvailable { _ in
      try body()
      return true
    } ?? false
  }
}
