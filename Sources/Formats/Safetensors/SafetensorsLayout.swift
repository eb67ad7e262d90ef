/// The plan of a safetensors file to be written: its header and the place of every tensor.
///
/// Order, padding and spelling are those of the reference writer (safetensors 0.8): tensors by
/// dtype in descending order, then by name; the header padded with spaces to a multiple of 8.
/// The same tensors and metadata give the same bytes.
package struct SafetensorsLayout: Sendable {
  /// A tensor that will be written.
  package struct Tensor: Sendable {
    package let name: TensorName
    package let dtype: DType
    package let shape: [Int]

    package init(name: String, dtype: DType, shape: [Int]) {
      (self.name, self.dtype, self.shape) = (TensorName(name), dtype, shape)
    }
  }

  /// The tensors in the order of their bytes.
  package let entries: [TensorEntry]
  /// The length field and the padded JSON.
  package let header: [UInt8]

  package var dataByteCount: Int { entries.last?.byteRange.upperBound ?? 0 }
  package var fileByteCount: Int { header.count + dataByteCount }

  /// Plans a file of `tensors` and `metadata`.
  ///
  /// Metadata are written in the order of their keys in `order`, then of their bytes. Without any there
  /// is no member for them, unless `order` is empty, not nil.
  ///
  /// - Throws: `FormatError` of kind `cannotCreate` when the header is larger than readers accept,
  ///   a name occurs twice, or the file would be larger than any file can be.
  package init(
    tensors: [Tensor], metadata: [String: String], order: [String]? = nil, file: String
  ) throws(FormatError) {
    let sorted = tensors.sorted {
      $0.dtype == $1.dtype ? $0.name < $1.name : $0.dtype.order > $1.dtype.order
    }
    var (entries, offset): ([TensorEntry], Int) = ([], 0)
    entries.reserveCapacity(sorted.count)
    for tensor in sorted {
      let byteCount = tensor.dtype.byteCount(ofShape: tensor.shape)
      guard let byteCount, !offset.addingReportingOverflow(byteCount).overflow else {
        throw FormatError(
          .cannotCreate, file: file, place: "tensor '\(tensor.name)'",
          "shape \(tensor.shape) of \(tensor.dtype.rawValue) is too large for a file")
      }
      entries.append(
        TensorEntry(
          name: tensor.name, dtype: tensor.dtype, shape: tensor.shape,
          byteRange: offset..<(offset + byteCount)))
      offset += byteCount
    }
    let names = Set(entries.map(\.name))
    guard names.count == entries.count else {
      throw FormatError(.cannotCreate, file: file, "two tensors would have the same name")
    }
    self.entries = entries
    header = try Self.header(entries: entries, metadata: metadata, order: order, file: file)
  }

  /// Plans a file with the tensors of `base` at their places, and other metadata.
  ///
  /// With `aligned`, tensors start at the same place of a disk's block as in `base`, so that file
  /// systems can share blocks.
  ///
  /// - Throws: `FormatError` when the header is larger than readers accept.
  package init(
    keeping base: SafetensorsHeader, metadata: [String: String], file: String, aligned: Bool
  ) throws(FormatError) {
    entries = base.tensors
    var header = try Self.header(entries: entries, metadata: metadata, file: file)
    let block = 4096
    let missing = (base.dataOffset - header.count) % block
    let padding = missing < 0 ? missing + block : missing
    if aligned, base.dataOffset % 8 == 0, header.count - 8 + padding <= SafetensorsHeader.byteLimit
    {
      header += [UInt8](repeating: 0x20, count: padding)
      let length = UInt64(header.count - 8)
      for index in 0..<8 { header[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    }
    self.header = header
  }

  private init(entries: [TensorEntry], header: [UInt8]) {
    (self.entries, self.header) = (entries, header)
  }

  /// The plan of the same tensors with other metadata.
  ///
  /// - Throws: `FormatError` when the header is larger than readers accept.
  package func replacing(
    metadata: [String: String], order: [String]? = nil, file: String
  ) throws(FormatError) -> SafetensorsLayout {
    SafetensorsLayout(
      entries: entries,
      header: try Self.header(entries: entries, metadata: metadata, order: order, file: file))
  }

  /// The plan of the same tensors behind another header.
  func replacing(header: [UInt8]) -> SafetensorsLayout {
    SafetensorsLayout(entries: entries, header: header)
  }

  private static func header(
    entries: [TensorEntry], metadata: [String: String], order: [String]? = nil, file: String
  ) throws(FormatError) -> [UInt8] {
    var json: [UInt8] = [UInt8(ascii: "{")]
    var isFirst = true
    func separate() {
      if !isFirst { json.append(UInt8(ascii: ",")) }
      isFirst = false
    }
    if !metadata.isEmpty || order?.isEmpty == true {
      separate()
      json += "\"__metadata__\":{".utf8
      let places = Dictionary(
        (order ?? []).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      let members = metadata.sorted { a, b in
        let (one, other) = (places[a.key] ?? places.count, places[b.key] ?? places.count)
        return one == other ? TensorName(a.key) < TensorName(b.key) : one < other
      }
      for (index, member) in members.enumerated() {
        if index > 0 { json.append(UInt8(ascii: ",")) }
        append(member.key, to: &json)
        json.append(UInt8(ascii: ":"))
        append(member.value, to: &json)
      }
      json.append(UInt8(ascii: "}"))
    }
    for entry in entries {
      separate()
      append(entry.name.string, to: &json)
      let shape = entry.shape.map(String.init).joined(separator: ",")
      json += ":{\"dtype\":\"\(entry.dtype.rawValue)\",\"shape\":[\(shape)],".utf8
      json +=
        "\"data_offsets\":[\(entry.byteRange.lowerBound),\(entry.byteRange.upperBound)]}".utf8
    }
    json.append(UInt8(ascii: "}"))
    json += [UInt8](repeating: 0x20, count: (8 - json.count % 8) % 8)
    guard json.count <= SafetensorsHeader.byteLimit else {
      throw FormatError(
        .cannotCreate, file: file,
        "the header would take \(json.count) bytes; readers accept "
          + "\(SafetensorsHeader.byteLimit)")
    }
    let length = UInt64(json.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + json
  }

  /// Appends `text` as a JSON string, escaped as the reference (serde) escapes.
  private static func append(_ text: String, to json: inout [UInt8]) {
    json.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22: json += "\\\"".utf8
      case 0x5C: json += "\\\\".utf8
      case 0x08: json += "\\b".utf8
      case 0x0C: json += "\\f".utf8
      case 0x0A: json += "\\n".utf8
      case 0x0D: json += "\\r".utf8
      case 0x09: json += "\\t".utf8
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        json += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
      default: json.append(byte)
      }
    }
    json.append(0x22)
  }
}
