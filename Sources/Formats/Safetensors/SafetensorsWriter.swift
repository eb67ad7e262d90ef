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

  package init(place: Place, zstdLevel: Int? = nil, replaces: Bool = true) {
    (self.place, self.zstdLevel, self.replaces) = (place, zstdLevel, replaces)
  }

  /// What errors call the destination.
  package var name: String {
    switch place {
    case .file(let path): path
    case .standardOutput: "standard output"
    }
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
  /// - Parameter produce: fills the buffer, which has the size of the unit, with the bytes of the
  ///   unit of that index. Called from several threads at once.
  /// - Returns: the number of bytes written.
  package func write(
    _ produce: @Sendable (Int, inout [UInt8]) throws -> Void
  ) throws -> Int {
    switch (destination.place, destination.zstdLevel) {
    case (.file(let path), nil): return try writePlain(to: path, produce)
    case (.file(let path), let level?):
      let output = try OutputFile(path: path, byteCount: nil, replaces: destination.replaces)
      let size = Total()
      try writeCompressed(level: level, produce) { bytes in
        try bytes.withRawBytes { try output.write($0, at: size.count) }
        size.count += bytes.count
      }
      try output.commit()
      return size.count
    case (.standardOutput, let level?):
      let size = Total()
      try writeCompressed(level: level, produce) { bytes in
        try bytes.withRawBytes { try StandardOutput.write($0) }
        size.count += bytes.count
      }
      return size.count
    case (.standardOutput, nil):
      try layout.header.withRawBytes { try StandardOutput.write($0) }
      try inOrder(produce) { bytes in try bytes.withRawBytes { try StandardOutput.write($0) } }
      return layout.fileByteCount
    }
  }

  private final class Total { var count = 0 }

  private func writePlain(
    to path: String, _ produce: @Sendable (Int, inout [UInt8]) throws -> Void
  ) throws -> Int {
    let output = try OutputFile(
      path: path, byteCount: layout.fileByteCount, replaces: destination.replaces)
    try layout.header.withRawBytes { try output.write($0, at: 0) }
    try parallelForEach(
      count: units.count, threads: threads, scratch: { [UInt8]() }
    ) { index, buffer in
      buffer.resize(to: units[index].count)
      try produce(index, &buffer)
      try buffer.withRawBytes {
        try output.write($0, at: layout.header.count + units[index].lowerBound)
      }
    }
    try output.commit()
    return layout.fileByteCount
  }

  /// How many bytes of units are in memory at once when they must leave in order.
  private static let batchByteCount = 32 << 20

  /// Computes the units in parallel, a batch at a time, and hands out their bytes in order.
  private func inOrder(
    _ produce: @Sendable (Int, inout [UInt8]) throws -> Void, _ body: ([UInt8]) throws -> Void
  ) throws {
    var next = 0
    while next < units.count {
      var end = next + 1
      while end < units.count,
        units[end].upperBound - units[next].lowerBound <= Self.batchByteCount
      { end += 1 }
      let first = next
      let pieces = try parallelMap(count: end - first, threads: threads) { index in
        var buffer = [UInt8](repeating: 0, count: units[first + index].count)
        try produce(first + index, &buffer)
        return buffer
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
  private func writeCompressed(
    level: Int, _ produce: @Sendable (Int, inout [UInt8]) throws -> Void,
    _ body: ([UInt8]) throws -> Void
  ) throws {
    var frames: [(compressed: Int, content: Int)] = []
    var pending: [UInt8] = []
    func flush(_ contents: [ArraySlice<UInt8>]) throws {
      let compressed = try compress(contents, level: level)
      for (content, frame) in zip(contents, compressed) {
        try body(frame)
        frames.append((frame.count, content.count))
      }
    }
    try flush([layout.header[...]])
    try inOrder(produce) { bytes in
      pending += bytes
      guard pending.count >= Self.frameByteCount * max(2, threads) * 2 else { return }
      let whole = pending.count / Self.frameByteCount
      try flush(
        (0..<whole).map { pending[($0 * Self.frameByteCount)..<(($0 + 1) * Self.frameByteCount)] })
      pending.removeFirst(whole * Self.frameByteCount)
    }
    try flush(
      stride(from: 0, to: pending.count, by: Self.frameByteCount).map {
        pending[$0..<min($0 + Self.frameByteCount, pending.count)]
      })
    try body(SeekTable.encoded(frames))
  }

  private func compress(_ contents: [ArraySlice<UInt8>], level: Int) throws -> [[UInt8]] {
    try parallelMap(count: contents.count, threads: threads) { index in
      do {
        return try Array(contents[index]).withRawBytes { bytes throws(ZstdFault) in
          try ZstdCompressor(level: level).compress(bytes)
        }
      } catch let fault as ZstdFault {
        throw FormatError(
          .inputOutput, file: destination.name, "zstd cannot compress: \(fault.reason)")
      }
    }
  }
}

extension [UInt8] {
  /// Makes the array `size` long, keeping what fits.
  fileprivate mutating func resize(to size: Int) {
    if count > size {
      removeLast(count - size)
    } else {
      append(contentsOf: repeatElement(0, count: size - count))
    }
  }
}
