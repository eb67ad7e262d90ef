/// The two parts of a safetensors file as bytes, to be put together rightly or wrongly.
struct Container {
  var header: [UInt8]
  var data: [UInt8]

  init(header: [UInt8], data: [UInt8]) { (self.header, self.data) = (header, data) }

  /// Nil where `file` is none.
  init?(_ file: [UInt8]) {
    guard file.count > 10, file[4..<8].allSatisfy({ $0 == 0 }) else { return nil }
    let length = file[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length + 8 <= file.count else { return nil }
    header = Array(file[8..<(8 + length)])
    data = Array(file[(8 + length)...])
  }

  /// The file, with the header's own length or another.
  func file(length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + header + data
  }
}
