internal import Formats

/// The tokens of a vocabulary in the order of a file: their UTF-8 in one piece, and their ids.
struct TokenTable: Sendable {
  /// Of 32 bits each, as searches touch many of half a million.
  struct Entry: Sendable {
    private let start: Int32
    private let end: Int32
    let id: Int32

    init(range: Range<Int>, id: Int) {
      (start, end, self.id) = (Int32(range.lowerBound), Int32(range.upperBound), Int32(id))
    }

    var range: Range<Int> { Int(start)..<Int(end) }
  }

  private(set) var bytes: [UInt8] = []
  private(set) var entries: [Entry] = []

  /// The most tokens that a vocabulary may have; 262,144 are known to exist (Gemma).
  static let countLimit = 1 << 21
  /// Ids are below this; tables of vectors are not larger.
  static let idLimit = 1 << 24

  init() {}

  /// Reads a `vocab.txt`: one token per line, whose number from 0 on is the id.
  ///
  /// - Throws: `FormatError` about the file called `name` when there are too many.
  init(lines file: [UInt8], name: String) throws(FormatError) {
    let lines = try TextLines.ranges(in: file, limit: Self.countLimit, name: name)
    bytes = file
    entries = lines.enumerated().map { Entry(range: $0.element, id: $0.offset) }
  }

  /// Appends a token, whose bytes `write` appends to those that it is given.
  mutating func append<Failure>(
    id: Int, _ write: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let start = bytes.count
    try write(&bytes)
    entries.append(Entry(range: start..<bytes.count, id: id))
  }

  var highestId: Int { entries.reduce(-1) { max($0, Int($1.id)) } }
}
