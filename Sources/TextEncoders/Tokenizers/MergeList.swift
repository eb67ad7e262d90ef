internal import Formats

/// Pairs of tokens that a byte pair encoding merges, in the order of their ranks.
struct MergeList: Sendable {
  struct Entry: Sendable {
    let left: Range<Int>
    let right: Range<Int>
    /// The token that the two make; they lie side by side.
    var merged: Range<Int> { left.lowerBound..<right.upperBound }
  }

  private(set) var bytes: [UInt8] = []
  private(set) var entries: [Entry] = []

  /// The most merges; as many as tokens.
  static let countLimit = TokenTable.countLimit

  init() {}

  /// Reads a `merges.txt`: two tokens per line with a space between.
  ///
  /// A first line that starts with `#version`, and empty lines, are skipped.
  init(lines text: [UInt8], file: String) throws(FormatError) {
    bytes.reserveCapacity(text.count)
    let lines = try TextLines.ranges(in: text, limit: Self.countLimit, name: file)
    for (number, line) in lines.enumerated() where !line.isEmpty {
      if number == 0, text[line].starts(with: "#version".utf8) { continue }
      guard appendPair(text[line]) else {
        throw FormatError(
          .unacceptable, file: file, place: "line \(number + 1)",
          "is not two tokens with a space between")
      }
    }
  }

  /// Appends the pair that `text` holds, `left right`; false if it is none.
  mutating func appendPair(_ text: ArraySlice<UInt8>) -> Bool {
    let space = UInt8(ascii: " ")
    guard let middle = text.firstIndex(of: space), middle > text.startIndex,
      middle + 1 < text.endIndex, !text[(middle + 1)...].contains(space)
    else { return false }
    append(left: text[..<middle], right: text[(middle + 1)...])
    return true
  }

  mutating func append(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: left)
    let middle = bytes.count
    bytes.append(contentsOf: right)
    entries.append(Entry(left: start..<middle, right: middle..<bytes.count))
  }

  func checkCount(_ file: String) throws(FormatError) {
    guard entries.count <= Self.countLimit else {
      throw FormatError(
        .unacceptable, file: file, "lists more merges than the \(Self.countLimit) that are read")
    }
  }
}
