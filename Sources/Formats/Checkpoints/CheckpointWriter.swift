internal import Workers

/// Bytes of the tensors of a file, to be copied as they are.
package struct StoredData: Sendable {
  package let file: SafetensorsFile
  /// Counted from the end of the file's header.
  package let range: Range<Int>

  package init(file: SafetensorsFile, range: Range<Int>) {
    (self.file, self.range) = (file, range)
  }
}

/// Writes the files of a model, computing some tensors and copying the others.
///
/// Plain files are reserved on the disk first, and filled by all threads together, a unit at a time
/// at its known place; compressed ones follow one after the other. The bytes do not depend on the
/// number of threads.
package struct CheckpointWriter: Sendable {
  /// A run of bytes of the data area that is copied or computed together.
  package struct Unit: Sendable {
    package let range: Range<Int>
    /// What it is a copy of; nil where it is computed.
    package let source: StoredData?

    package init(range: Range<Int>, source: StoredData?) {
      (self.range, self.source) = (range, source)
    }
  }

  package struct File: Sendable {
    package let layout: SafetensorsLayout
    /// In order; they cover the data area without gap.
    package let units: [Unit]
    package let destination: SafetensorsDestination

    package init(layout: SafetensorsLayout, units: [Unit], destination: SafetensorsDestination) {
      (self.layout, self.units, self.destination) = (layout, units, destination)
    }

    var plainPath: String? {
      guard case .file(let path) = destination.place, destination.zstdLevel == nil else {
        return nil
      }
      return path
    }
  }

  /// Fills the buffer, which has the size of the unit, with the bytes of a computed unit, given by the
  /// indices of its file and in that.
  package typealias Produce = @Sendable (_ file: Int, _ unit: Int, UnitBuffer) throws -> Void

  private let files: [File]
  private let threads: Int

  package init(_ files: [File], threads: Int) { (self.files, self.threads) = (files, threads) }

  /// Computes and writes everything; each file appears when it is complete.
  ///
  /// - Parameters:
  ///   - headers: gives the final headers of the files, of the lengths planned; called as late as can be.
  ///   - produce: is called from several threads at once.
  /// - Returns: the number of bytes written.
  /// - Throws: `FormatError` of the outputs, and what `produce` throws.
  package func write(
    headers: @Sendable () throws -> [[UInt8]], _ produce: Produce
  ) throws -> Int {
    let plain = files.indices.filter { files[$0].plainPath != nil }
    var byteCount = 0
    if !plain.isEmpty {
      byteCount += try writePlain(plain, headers: headers, produce)
    }
    guard plain.count < files.count else { return byteCount }
    let headers = try headers()
    for index in files.indices where files[index].plainPath == nil {
      let file = files[index]
      let writer = SafetensorsWriter(
        layout: file.layout.replacing(header: headers[index]),
        units: file.units.map(\.range), destination: file.destination, threads: threads)
      byteCount += try writer.write { unit, buffer in
        try fill(buffer, file: index, unit: unit, produce)
      }
    }
    return byteCount
  }

  private func fill(
    _ buffer: UnitBuffer, file: Int, unit: Int, _ produce: Produce
  ) throws {
    guard let source = files[file].units[unit].source else {
      try produce(file, unit, buffer)
      return
    }
    try source.file.withData(of: source.range) { buffer.store($0, at: 0) }
    source.file.releaseData(source.range)
  }

  private func writePlain(
    _ indices: [Int], headers: @Sendable () throws -> [[UInt8]], _ produce: Produce
  ) throws -> Int {
    // All files are reserved before the first byte is computed.
    let outputs = try indices.map { index in
      let file = files[index]
      return SharedOutput(
        try OutputFile(
          path: file.plainPath ?? "", byteCount: file.layout.fileByteCount,
          replaces: file.destination.replaces))
    }
    let work = indices.enumerated().flatMap { output, file in
      files[file].units.indices.map { (output: output, file: file, unit: $0) }
    }
    // Threads that wait for the disk leave their cores to others.
    try parallelForEach(count: work.count, threads: 3 * threads, scratch: UnitBuffer.init) {
      index, buffer in
      let item = work[index]
      let file = files[item.file]
      let unit = file.units[item.unit]
      let offset = file.layout.header.count + unit.range.lowerBound
      if let source = unit.source {
        try outputs[item.output].file.copy(source, to: offset)
      } else {
        try buffer.prepare(count: unit.range.count, at: offset)
        try produce(item.file, item.unit, buffer)
        try outputs[item.output].file.write(buffer, at: offset)
      }
    }
    let headers = try headers()
    try parallelForEach(count: indices.count, threads: threads) { index in
      let output = outputs[index]
      try headers[indices[index]].withRawBytes { bytes throws(FormatError) in
        try output.file.write(bytes, at: 0)
      }
      if let batch = files[indices[index]].destination.batch {
        try batch.add(output)
      } else {
        try output.file.complete()
      }
    }
    return indices.reduce(0) { $0 + files[$1].layout.fileByteCount }
  }
}
