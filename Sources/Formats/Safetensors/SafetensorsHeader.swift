/// The index at the front of a safetensors file: names, types, shapes and places of its tensors.
///
/// A file is the header's length as a little-endian `UInt64`, the header as JSON, then the
/// tensors' bytes without gap or overlap. Checks follow the order of the reference (safetensors
/// 0.8, `tensor.rs`), and are stricter in one point: a tensor name may not occur twice.
package struct SafetensorsHeader: Sendable {
  /// The longest header, in bytes, that the reference reads or writes.
  package static let byteLimit = 100_000_000

  /// The tensors in the order of their bytes.
  package let tensors: [TensorEntry]
  package let metadata: [String: String]
  /// The size of the length field and the header; tensor bytes follow.
  package let dataOffset: Int
  /// Oddities that the reference accepts and the format's description forbids.
  package let notes: [String]

  /// The size of the whole file that the header describes.
  package var fileByteCount: Int { dataOffset + (tensors.last?.byteRange.upperBound ?? 0) }

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
        remedy: prefix.byteCount == 0 ? "the file is empty; download it again" : redownload)
    }
    guard claimed <= UInt64(byteLimit) else {
      throw .unacceptable(
        file, place: "byte 0",
        "the header claims \(claimed) bytes, more than the limit of \(byteLimit)",
        remedy: "this is probably not a safetensors file")
    }
    let length = Int(claimed)
    if let available = fileByteCount, length > available - 8 {
      throw .unacceptable(
        file, place: "byte 0",
        "the header claims \(length) bytes, but only \(available - 8) follow", remedy: redownload)
    }
    guard length >= 2 else {
      throw .unacceptable(file, place: "byte 0", "the header is empty", remedy: redownload)
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
    guard String(validating: json, as: UTF8.self) != nil else {
      throw .unacceptable(file, place: "header", "is not UTF-8 text")
    }
    dataOffset = 8 + json.count
    var body = HeaderBody(file: file)
    var scanner = JSONScanner(json, file: file, place: "header")
    if json.first == UInt8(ascii: "{") {
      notes = []
    } else {
      notes = ["the header does not start with '{'; some readers refuse that"]
    }
    try scanner.object { scanner, key throws(FormatError) in
      try body.read(key, from: &scanner)
    }
    scanner.skipSpace()
    guard scanner.isAtEnd else { throw scanner.fault("something follows the JSON object") }
    metadata = body.metadata ?? [:]
    tensors = try Self.checked(body.tensors, file: file)
    guard let fileByteCount, self.fileByteCount != fileByteCount else { return }
    throw Self.coverageFault(
      expected: self.fileByteCount, found: fileByteCount, file: file)
  }

  static func coverageFault(expected: Int, found: Int, file: String) -> FormatError {
    found < expected
      ? .unacceptable(
        file, place: "byte \(found)",
        "the file ends after \(found) bytes where its header describes \(expected)",
        remedy: redownload)
      : .unacceptable(
        file, place: "byte \(expected)", "\(found - expected) bytes follow the last tensor",
        remedy: "the header describes \(expected) bytes; cut the rest off, or download it again")
  }

  /// `entries` in the order of their bytes, which must follow each other without gap or overlap.
  private static func checked(
    _ entries: [TensorEntry], file: String
  ) throws(FormatError) -> [TensorEntry] {
    let sorted = entries.sorted {
      ($0.byteRange.lowerBound, $0.byteRange.upperBound, $0.name)
        < ($1.byteRange.lowerBound, $1.byteRange.upperBound, $1.name)
    }
    var end = 0
    for entry in sorted {
      guard entry.byteRange.lowerBound == end else {
        throw .unacceptable(
          file, place: "tensor '\(entry.name)'",
          "its bytes start at \(entry.byteRange.lowerBound) where \(end) was expected "
            + "(data_offsets overlap or leave a hole)")
      }
      guard let byteCount = entry.dtype.byteCount(ofShape: entry.shape) else {
        throw .unacceptable(
          file, place: "tensor '\(entry.name)'",
          "shape \(entry.shape) of \(entry.dtype.rawValue) has no size in bytes")
      }
      guard byteCount == entry.byteRange.count else {
        throw .unacceptable(
          file, place: "tensor '\(entry.name)'",
          "shape \(entry.shape) of \(entry.dtype.rawValue) takes \(byteCount) bytes, "
            + "its data_offsets span \(entry.byteRange.count)")
      }
      end = entry.byteRange.upperBound
    }
    guard !end.addingReportingOverflow(8 + byteLimit).overflow else {
      throw .unacceptable(file, "its tensors end past the largest file size")
    }
    return sorted
  }
}

/// The members of the header's object, as they are read.
private struct HeaderBody {
  let file: String
  var tensors: [TensorEntry] = []
  var metadata: [String: String]?
  private var names: Set<TensorName> = []

  init(file: String) { self.file = file }

  mutating func read(_ key: String, from scanner: inout JSONScanner) throws(FormatError) {
    if TensorName(key) == "__metadata__" {
      guard metadata == nil else { throw scanner.fault("__metadata__ occurs twice") }
      metadata = try Self.metadata(from: &scanner)
      return
    }
    let entry = try Self.entry(named: TensorName(key), from: &scanner)
    guard names.insert(entry.name).inserted else {
      throw .unacceptable(
        file, place: "tensor '\(entry.name)'", "the name occurs twice in the header")
    }
    tensors.append(entry)
  }

  private static func metadata(
    from scanner: inout JSONScanner
  ) throws(FormatError) -> [String: String] {
    if try scanner.acceptNull() { return [:] }
    var values: [String: String] = [:]
    try scanner.object { scanner, key throws(FormatError) in
      guard try scanner.peek() == UInt8(ascii: "\"") else {
        throw scanner.fault("the metadata value of '\(printable(key))' is not a string")
      }
      values[key] = try scanner.string()
    }
    return values
  }

  private static func entry(
    named name: TensorName, from scanner: inout JSONScanner
  ) throws(FormatError) -> TensorEntry {
    var (dtype, shape, offsets): (DType?, [Int]?, [Int]?)
    try scanner.object { scanner, field throws(FormatError) in
      let isRepeated =
        switch field {
        case "dtype": dtype != nil
        case "shape": shape != nil
        case "data_offsets": offsets != nil
        default: false
        }
      guard !isRepeated else { throw scanner.fault("'\(field)' of '\(name)' occurs twice") }
      switch field {
      case "dtype":
        let spelling = try scanner.string()
        guard let known = DType(rawValue: spelling) else {
          throw scanner.fault("tensor '\(name)' has the unknown dtype '\(printable(spelling))'")
        }
        dtype = known
      case "shape": shape = try scanner.integers()
      case "data_offsets": offsets = try scanner.integers()
      default: try scanner.skipValue()
      }
    }
    guard let dtype, let shape, let offsets, offsets.count == 2 else {
      throw scanner.fault("tensor '\(name)' lacks its dtype, shape or two data_offsets")
    }
    guard offsets[0] <= offsets[1] else {
      throw scanner.fault("tensor '\(name)' ends before it begins")
    }
    return TensorEntry(name: name, dtype: dtype, shape: shape, byteRange: offsets[0]..<offsets[1])
  }
}
