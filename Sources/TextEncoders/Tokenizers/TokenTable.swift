/// The tokens of a vocabulary in the order of a file: their UTF-8 in one piece, and their ids.
struct TokenTable: Sendable {
  struct Entry: Sendable {
    let range: Range<Int>
    let id: Int32
  }

  private(set) var bytes: [UInt8] = []
  private(set) var entries: [Entry] = []

  /// The most tokens that a vocabulary may have; 262,144 are known to exist (Gemma).
  static let countLimit = 1 << 21
  /// Ids are below this; tables of vectors are not larger.
  static let idLimit = 1 << 24

  init() {}

  /// Reads a `vocab.txt`: one token per line, whose number from 0 on is the id.
  init(lines file: [UInt8]) {
    let lines = TextLines.ranges(in: file)
    bytes = file
    entries = lines.enumerated().map { Entry(range: $0.element, id: Int32($0.offset)) }
  }

  /// Appends a token, whose bytes `write` appends to those that it is given.
  mutating func append<Failure>(
    id: Int, _ write: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let start = bytes.count
    try write(&bytes)
    entries.append(Entry(range: start..<bytes.count, id: Int32(id)))
  }

  var highestId: Int { entries.reduce(-1) { max($0, Int($1.id)) } }
}

/// The lines of a text file.
enum TextLines {
  /// Where each line of `file` is, without its end.
  ///
  /// Lines end in LF or CR LF and in nothing else; U+2028 and its like may be part of a token.
  static func ranges(in file: [UInt8]) -> [Range<Int>] {
    let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var ranges: [Range<Int>] = []
    var start = 0
    func close(at end: Int) {
      let hasReturn = end > start && file[end - 1] == carriageReturn
      ranges.append(start..<(hasReturn ? end - 1 : end))
      start = end + 1
    }
    for index in file.indices where file[index] == lineFeed { close(at: index) }
    if start < file.count { close(at: file.count) }
    return ranges
  }
}
