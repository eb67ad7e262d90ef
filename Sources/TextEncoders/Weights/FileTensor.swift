internal import Formats
internal import LinearAlgebra

/// A tensor in a file, and how its elements are to be read.
struct FileTensor: Sendable {
  let file: SafetensorsFile
  let entry: TensorEntry
  let encoding: WeightEncoding
  /// What elements are multiplied by: nothing, one factor for all, or one for each row.
  let scales: [Float]

  init(
    file: SafetensorsFile, entry: TensorEntry, encoding: WeightEncoding, scales: [Float] = []
  ) {
    (self.file, self.entry, self.encoding, self.scales) = (file, entry, encoding, scales)
  }

  var elementCount: Int { entry.elementCount }

  /// Whether the elements lie in memory as `Float`s once the file is mapped.
  var isMappedFloat: Bool {
    let start = file.header.dataOffset + entry.byteRange.lowerBound
    let isAligned = start % MemoryLayout<Float>.alignment == 0
    return file.compression == .none && encoding == .float(.f32) && isAligned && scales.isEmpty
  }

  /// Calls `body` with some elements.
  ///
  /// - Precondition: ``isMappedFloat``, and the elements exist.
  func withMappedFloats<Result>(
    _ elements: Range<Int>, _ body: (Span<Float>) throws -> Result
  ) throws -> Result {
    precondition(isMappedFloat)
    return try file.withBytes(of: entry, in: elements.lowerBound * 4..<elements.upperBound * 4) {
      // SAFETY: mappings start at a page, so the bytes are aligned as was checked; any four of them
      // are a Float, and the span does not outlive the call.
      try unsafe $0.withUnsafeBytes { bytes in
        try body(unsafe bytes.assumingMemoryBound(to: Float.self).span)
      }
    }
  }

  /// Stores rows of `columns` elements each at the start of `output`.
  ///
  /// - Precondition: the rows exist, and `output` has room for them.
  func widen(rows: Range<Int>, of columns: Int, into output: inout [Float]) throws {
    let size = encoding.byteCount
    let range = rows.lowerBound * columns * size..<rows.upperBound * columns * size
    try file.withBytes(of: entry, in: range) { bytes in
      output.withRow(0..<rows.count * columns) { encoding.widen(bytes, into: &$0) }
    }
    guard !scales.isEmpty else { return }
    for (index, row) in rows.enumerated() {
      let scale = scales.count == 1 ? scales[0] : scales[row]
      output.withRow(index * columns..<(index + 1) * columns) { values in
        for i in values.indices { values[i] *= scale }
      }
    }
  }
}
