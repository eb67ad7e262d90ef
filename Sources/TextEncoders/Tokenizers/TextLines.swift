internal import Formats

/// The lines of a text file.
enum TextLines {
  /// Where each line of `file` is, without its end.
  ///
  /// Lines end in LF or CR LF and in nothing else; U+2028 and its like may be part of a token.
  ///
  /// - Throws: `FormatError` about the file called `name` when there are more than `limit` lines.
  static func ranges(
    in file: [UInt8], limit: Int, name: String
  ) throws(FormatError) -> [Range<Int>] {
    let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var ranges: [Range<Int>] = []
    var start = 0
    while start < file.count {
      guard ranges.count < limit else {
        throw FormatError(
          .unacceptable, file: name, "has more than the \(limit) lines that are read")
      }
      let end = file[start...].firstIndex(of: lineFeed) ?? file.count
      let hasReturn = end > start && file[end - 1] == carriageReturn
      ranges.append(start..<(hasReturn ? end - 1 : end))
      start = end + 1
    }
    return ranges
  }
}
