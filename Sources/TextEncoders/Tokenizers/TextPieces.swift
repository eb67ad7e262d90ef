/// A text cut into the pieces that are looked up one by one.
struct TextPieces {
  /// UTF-8 of all pieces, one after the other.
  private(set) var bytes: [UInt8] = []
  private(set) var ranges: [Range<Int>] = []
  private var start = 0

  /// Adds a scalar to the piece that is open.
  mutating func append(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      bytes.append(UInt8(scalar.value))
    } else {
      bytes.append(contentsOf: scalar.utf8)
    }
  }

  /// Ends the open piece, if there is anything in it.
  mutating func close() {
    if start < bytes.count { ranges.append(start..<bytes.count) }
    start = bytes.count
  }
}
