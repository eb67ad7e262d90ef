/// The index at the front of a safetensors file: names, types, shapes and places of its tensors.
///
/// A file is the header's length as a little-endian `UInt64`, the header as JSON, then the
/// tensors' bytes without gap or overlap. Checks follow the order of the reference (safetensors
/// 0.8, `tensor.rs`), and are stricter in two points: a tensor name may not occur twice, and a tensor
/// has no more dimensions than the arrays of NumPy can have.
package struct SafetensorsHeader: Sendable {
  /// The longest header, in bytes, that the reference reads or writes.
  package static let byteLimit = 100_000_000
  /// The most dimensions that a tensor may have: those of a NumPy 2 array.
  static let dimensionLimit = 64

  /// The tensors in the order of their bytes.
  package let tensors: [TensorEntry]
  package let metadata: [String: String]
  /// Whether there is a member for metadata, which may be empty.
  package let hasMetadata: Bool
  /// The size of the length field and the header; tensor bytes follow.
  package let dataOffset: Int
  /// Oddities that the reference accepts and the format's description forbids.
  package let notes: [Finding]

  /// The size of the whole file that the header describes; of one with faults, at most the largest number.
  package var fileByteCount: Int {
    let end = dataOffset.addingReportingOverflow(tensors.last?.byteRange.upperBound ?? 0)
    return end.overflow ? .max : end.partialValue
  }

  /// The length of the header that `prefix`, the first 8 bytes, announces.
  ///
  /// - Parameters:
  ///   - prefix: the start of the file, at least 8 bytes of it if it has them.
  ///   - fileByteCount: the size of the file, where it is known.
  ///   - file: what errors call the file.
  /// - Returns: a length between 2 and the limit, which the file can hold.
  /// - Throws: `FormatError` if there is none.
  static func length(
    in prefix: RawSpan, fileByteCount: Int?, file: String
  ) throws(FormatError) -> Int {
    guard let claimed = prefix.littleEndian64(at: 0) else {
      throw .unacceptable(
        file, "ends after \(prefix.byteCount) bytes; a safetensors file has at least 10",
        remedy: prefix.byteCount == 0 ? "the file is empty; download it again" : redownload,
        code: .tooShort)
    }
    guard claimed <= UInt64(byteLimit) else {
      throw .unacceptable(
        file, place: "byte 0",
        "the header claims \(claimed) bytes, more than the limit of \(byteLimit)",
        remedy: "this is probably not a safetensors file", code: .headerTooLarge)
    }
    let length = Int(claimed)
    if let available = fileByteCount, length > available - 8 {
      throw .unacceptable(
        file, place: "byte 0",
        "the header claims \(length) bytes, but only \(available - 8) follow", remedy: redownload,
        code: .truncatedHeader)
    }
    guard length >= 2 else {
      throw .unacceptable(
        file, place: "byte 0", "the header is empty", remedy: redownload,
        code: .emptyHeader)
    }
    return length
  }

  static let redownload = "the file is incomplete or damaged; copy or download it again"

  /// Parses and checks `json`, the header's text.
  ///
  /// - Parameters:
  ///   - json: The bytes after the length field, as many as it says.
  ///   - fileByteCount: The size of the whole file; nil while that is not known.
  ///   - file: What errors call the file.
  /// - Throws: `FormatError` for the first fault.
  package init(
    parsing json: [UInt8], fileByteCount: Int?, file: String
  ) throws(FormatError) {
    var log = FaultLog.throwing
    try self.init(parsing: json, fileByteCount: fileByteCount, file: file, log: &log)
  }

  /// As ``init(parsing:fileByteCount:file:)``, with faults that do not end the reading told to `log`.
  ///
  /// A header with such faults must not be used to find bytes.
  init(
    parsing json: [UInt8], fileByteCount: Int?, file: String, log: inout FaultLog
  ) throws(FormatError) {
    guard UTF8Text.isValid(json) else {
      throw .unacceptable(file, place: "header", "is not UTF-8 text", code: .headerEncoding)
    }
    dataOffset = 8 + json.count
    var body = HeaderBody(file: file)
    var scanner = JSONScanner(json, file: file, place: "header", code: .headerSyntax)
    var notes: [Finding] = []
    if json.first != UInt8(ascii: "{") {
      notes.append(
        Finding(.headerStart, "the header does not start with '{'; some readers refuse that"))
    }
    try scanner.object { scanner, key throws(FormatError) in
      try body.read(key, from: &scanner, log: &log)
    }
    scanner.skipSpace()
    guard scanner.isAtEnd else { throw scanner.fault("something follows the JSON object") }
    (hasMetadata, metadata) = (body.metadata != nil, body.metadata ?? [:])
    self.notes = notes + body.notes
    // Where an entry could not be read, its bytes are no hole.
    tensors =
      body.isComplete ? try Self.checked(body.tensors, file: file, log: &log) : body.tensors
    guard body.isComplete, let fileByteCount, self.fileByteCount != fileByteCount else { return }
    try log.report(
      Self.coverageFault(expected: self.fileByteCount, found: fileByteCount, file: file))
  }

  static func coverageFault(expected: Int, found: Int, file: String) -> FormatError {
    found < expected
      ? .unacceptable(
        file, place: "byte \(found)",
        "the file ends after \(found) bytes where its header describes \(expected)",
        remedy: redownload, code: .truncatedData)
      : .unacceptable(
        file, place: "byte \(expected)", "\(found - expected) bytes follow the last tensor",
        remedy: "the header describes \(expected) bytes; cut the rest off, or download it again",
        code: .trailingBytes)
  }

  /// `entries` in the order of their bytes, which must follow each other without gap or overlap.
  private static func checked(
    _ entries: [TensorEntry], file: String, log: inout FaultLog
  ) throws(FormatError) -> [TensorEntry] {
    let sorted = entries.sorted {
      $0.byteRange.lowerBound == $1.byteRange.lowerBound
        ? ($0.byteRange.upperBound, $0.name) < ($1.byteRange.upperBound, $1.name)
        : $0.byteRange.lowerBound < $1.byteRange.lowerBound
    }
    var end = 0
    for entry in sorted {
      if entry.byteRange.lowerBound != end {
        try log.report(
          .unacceptable(
            file, place: "tensor '\(entry.name)'",
            "its bytes start at \(entry.byteRange.lowerBound) where \(end) was expected "
              + "(data_offsets overlap or leave a hole)", code: .dataOffsets))
      }
      if let fault = sizeFault(entry, file: file) { try log.report(fault) }
      end = max(end, entry.byteRange.upperBound)
    }
    guard !end.addingReportingOverflow(8 + byteLimit).overflow else {
      throw .unacceptable(file, "its tensors end past the largest file size", code: .dataOffsets)
    }
    return sorted
  }

  /// What is wrong with the number of bytes of `entry`.
  private static func sizeFault(_ entry: TensorEntry, file: String) -> FormatError? {
    guard let byteCount = entry.dtype.byteCount(ofShape: entry.shape) else {
      return .unacceptable(
        file, place: "tensor '\(entry.name)'",
        "shape \(entry.shape) of \(entry.dtype.rawValue) has no size in bytes",
        code: .shapeOverflow)
    }
    guard byteCount != entry.byteRange.count else { return nil }
    return .unacceptable(
      file, place: "tensor '\(entry.name)'",
      "shape \(entry.shape) of \(entry.dtype.rawValue) takes \(byteCount) bytes, "
        + "its data_offsets span \(entry.byteRange.count)", code: .sizeMismatch)
  }
}
