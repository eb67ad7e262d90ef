package import Formats
internal import LinearAlgebra
internal import Synchronization

/// Writes what a ``ConversionPlan`` says.
package struct ConversionOutput: Sendable {
  private let plan: ConversionPlan
  package private(set) var layout: SafetensorsLayout
  package private(set) var metadata: [String: String]
  private let destination: SafetensorsDestination
  private let tensors: [TensorName: ConvertedTensor]
  /// Runs of entries of the layout that are computed together.
  private let units: [Range<Int>]

  /// The bytes that small tensors are gathered to.
  private static let unitByteCount = 4 << 20

  /// - Throws: `FormatError` when the file would break a limit of the format, and of reading where
  ///   hashes of the tensors are to be known.
  package init(_ plan: ConversionPlan, destination: SafetensorsDestination) throws {
    (self.plan, self.destination, metadata) = (plan, destination, plan.metadata)
    layout = try SafetensorsLayout(
      tensors: plan.tensors.map { .init(name: $0.name, dtype: $0.dtype, shape: $0.shape) },
      metadata: plan.metadata, order: plan.metadataOrder, file: destination.name)
    tensors = Dictionary(
      plan.tensors.map { (TensorName($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    var units: [Range<Int>] = []
    var byteCount = 0
    for (index, entry) in layout.entries.enumerated() {
      if let last = units.last, byteCount + entry.byteRange.count <= Self.unitByteCount {
        units[units.count - 1] = last.lowerBound..<index + 1
      } else {
        units.append(index..<index + 1)
        byteCount = 0
      }
      byteCount += entry.byteRange.count
    }
    self.units = units
    try restoreHashes()
  }

  /// Puts the hashes that a file had back into the metadata, if its tensors have the same bytes again.
  private mutating func restoreHashes() throws {
    let edits = plan.options.edits
    let hashes = plan.source?.hashes.filter { !edits.decide($0.key) } ?? [:]
    guard let digest = plan.source?.tensors, !hashes.isEmpty else { return }
    var hasher = UnitHasher()
    for (unit, range) in zip(units, unitRanges) {
      try hasher.add(byteCount: range.count) { buffer in
        for position in unit { _ = try fill(position, of: buffer, from: range.lowerBound) }
      }
    }
    guard hasher.digest == digest else { return }
    metadata.merge(hashes) { $1 }
    layout = try layout.replacing(
      metadata: metadata, order: plan.metadataOrder, file: destination.name)
  }

  /// The bytes of each unit, counted from the end of the header.
  private var unitRanges: [Range<Int>] {
    units.map { unit in
      layout.entries[unit.lowerBound].byteRange
        .lowerBound..<layout.entries[unit.upperBound - 1].byteRange.upperBound
    }
  }

  /// Writes the file; it appears when it is complete.
  ///
  /// - Parameters:
  ///   - threads: how many units to compute at a time.
  ///   - progress: is told how many units are done, and of how many.
  /// - Returns: the size of the file, and where elements became zero, in the order of the file.
  /// - Throws: `FormatError` of input and output, and for a number that the type cannot hold.
  package func write(
    threads: Int, progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> (byteCount: Int, losses: [ConversionLoss]) {
    let ranges = unitRanges
    let done = Mutex(0)
    let losses = Mutex<[Int: ConversionLoss]>([:])
    let writer = SafetensorsWriter(
      layout: layout, units: ranges, destination: destination, threads: threads)
    let byteCount = try writer.write { index, buffer in
      for position in units[index] {
        let lost = try fill(position, of: buffer, from: ranges[index].lowerBound)
        guard lost > 0 else { continue }
        let entry = layout.entries[position]
        let loss = ConversionLoss(
          tensor: entry.name.string, dtype: entry.dtype, count: lost,
          elementCount: entry.elementCount)
        losses.withLock { $0[position] = loss }
      }
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress(count, units.count)
    }
    return (byteCount, losses.withLock { $0.sorted { $0.key < $1.key }.map(\.value) })
  }

  /// Computes the tensor at `position` of the layout for a unit whose bytes start at `start`, and
  /// returns how many of its elements became zero.
  private func fill(_ position: Int, of buffer: UnitBuffer, from start: Int) throws -> Int {
    let entry = layout.entries[position]
    guard let tensor = tensors[entry.name] else { preconditionFailure("planned together") }
    let range = entry.byteRange.lowerBound - start..<entry.byteRange.upperBound - start
    return try fill(range, of: buffer, with: tensor)
  }

  private func fill(
    _ range: Range<Int>, of buffer: UnitBuffer, with tensor: ConvertedTensor
  ) throws -> Int {
    switch tensor.content {
    case .stored(let entry, let multiplier):
      return try copy(entry, times: multiplier, to: range, of: buffer, tensor)
    case .number(let value):
      guard let bytes = StoredScalar.bytes(of: value, dtype: tensor.dtype),
        let stored = bytes.withRawBytes({ StoredScalar.value(of: $0, dtype: tensor.dtype) }),
        stored.isFinite
      else { throw overflow(tensor) }
      buffer.withOutputBytes(range) { output in
        bytes.withRawBytes { $0.copy(to: &output) }
      }
      return stored == 0 && value != 0 ? 1 : 0
    case .blocks(let blocks):
      buffer.clear(range)
      return try blocks.reduce(0) { try $0 + place($1, in: range, of: buffer, tensor) }
    }
  }

  /// The bytes that an input keeps in memory behind the reading.
  private static let residentByteCount = 48 << 20

  private func copy(
    _ entry: TensorEntry, times multiplier: Float, to range: Range<Int>, of buffer: UnitBuffer,
    _ tensor: ConvertedTensor
  ) throws -> Int {
    let input = plan.file(of: entry)
    defer { input.release(entry, inBatchesOf: Self.residentByteCount) }
    let isCopy = tensor.isCopy
    let (overflows, lost) = try input.withBytes(of: entry) { bytes in
      guard !isCopy else {
        buffer.withOutputBytes(range) { output in bytes.copy(to: &output) }
        return (false, 0)
      }
      let source = try FloatFormat(entry.dtype, in: input.path)
      let target = try FloatFormat(tensor.dtype, in: destination.name)
      let overflows = buffer.withOutputBytes(range) { output in
        scaleAndConvert(from: bytes, as: source, times: multiplier, to: target, into: &output)
      }
      return (overflows, vanishingCount(in: bytes, as: source, times: multiplier, to: target))
    }
    guard !overflows else { throw overflow(tensor) }
    return lost
  }

  private func place(
    _ block: ConvertedTensor.Block, in range: Range<Int>, of buffer: UnitBuffer,
    _ tensor: ConvertedTensor
  ) throws -> Int {
    let entry = block.entry
    let source = try FloatFormat(entry.dtype, in: plan.input.path)
    let target = try FloatFormat(tensor.dtype, in: destination.name)
    let width = entry.shape.dropFirst().reduce(1, *) * source.byteCount
    let rows = block.rows.lowerBound * width..<block.rows.upperBound * width
    var bytes = try plan.input.withBytes(of: entry, in: rows) { $0.copied() }
    if let columns = block.columns {
      let size = source.byteCount
      bytes = block.rows.indices.flatMap { row in
        columns.flatMap { column in
          let start = (row - block.rows.lowerBound) * width + column * size
          return bytes[start..<start + size]
        }
      }
    }
    let placement = ColumnPlacement(
      rows: block.rows.count, columns: bytes.count / source.byteCount / max(1, block.rows.count),
      columnOffset: block.firstColumn, totalColumns: tensor.shape.dropFirst().reduce(1, *),
      rowOffset: block.firstRow)
    let overflows = bytes.withRawBytes { bytes in
      buffer.withOutputBytes(range) { output in
        placeColumns(
          from: bytes, as: source, times: block.multiplier, to: target, into: &output,
          at: placement)
      }
    }
    guard !overflows else { throw overflow(tensor) }
    return bytes.withRawBytes {
      vanishingCount(in: $0, as: source, times: block.multiplier, to: target)
    }
  }

  private func overflow(_ tensor: ConvertedTensor) -> FormatError {
    FormatError(
      .unacceptable, file: destination.name, place: "tensor '\(printable(tensor.name))'",
      "an element is too large for \(tensor.dtype.rawValue)",
      remedy: "write with --dtype F32 or --dtype BF16")
  }
}
