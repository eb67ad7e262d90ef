internal import Formats

/// A JSON document as nodes with their places.
///
/// YAML has no pairs of escapes for one character, as JSON writes most emoji, so that a file called
/// `.json` is read as JSON.
struct JSONDocument {
  let root: RecipeNode
  /// Members that are there twice.
  let faults: [RecipeFault]

  /// - Throws: `RecipeFault` where the text is not JSON.
  init(_ file: TextFile) throws(RecipeFault) {
    var builder = JSONNodeBuilder(file)
    root = try builder.document()
    faults = builder.faults
  }
}

private struct JSONNodeBuilder {
  private let path: String
  private let bytes: [UInt8]
  private let lineStarts: [Int]
  private(set) var faults: [RecipeFault] = []

  private static let depthLimit = 64

  init(_ file: TextFile) {
    path = file.path
    let bytes = Array(file.text.utf8)
    self.bytes = bytes
    lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
  }

  /// The place of the byte at `offset`.
  private func place(_ offset: Int) -> RecipePlace {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    // A byte 10xxxxxx continues a character.
    let column = bytes[lineStarts[low]..<min(offset, bytes.count)].count { $0 & 0xC0 != 0x80 }
    return RecipePlace(file: path, line: low + 1, column: column + 1)
  }

  mutating func document() throws(RecipeFault) -> RecipeNode {
    do {
      var scanner = try JSONScanner(of: bytes, file: path)
      let root = try value(&scanner, depth: 0)
      try scanner.finish()
      return root
    } catch {
      // The scanner tells places as 'JSON byte N'.
      let offset = error.place?.split(separator: " ").last.flatMap { Int($0) }
      throw RecipeFault(place(offset ?? 0), "is not JSON: \(error.problem)")
    }
  }

  private mutating func value(
    _ scanner: inout JSONScanner, depth: Int
  ) throws(FormatError) -> RecipeNode {
    let first = try scanner.peek()
    let start = scanner.position
    guard depth < Self.depthLimit else {
      throw scanner.fault("values are nested more than \(Self.depthLimit) levels deep")
    }
    let content: RecipeNode.Content
    switch first {
    case UInt8(ascii: "{"): content = .mapping(try members(&scanner, depth: depth))
    case UInt8(ascii: "["): content = .list(try elements(&scanner, depth: depth))
    case UInt8(ascii: "\""): content = .text(try scanner.string())
    default:
      try scanner.skipValue()
      content = .plain(String(decoding: bytes[start..<scanner.position], as: UTF8.self))
    }
    return RecipeNode(place: place(start), content: content)
  }

  private mutating func elements(
    _ scanner: inout JSONScanner, depth: Int
  ) throws(FormatError) -> [RecipeNode] {
    try scanner.expect("[")
    if try scanner.accept("]") { return [] }
    var elements: [RecipeNode] = []
    repeat { elements.append(try value(&scanner, depth: depth + 1)) } while try scanner.accept(",")
    try scanner.expect("]")
    return elements
  }

  private mutating func members(
    _ scanner: inout JSONScanner, depth: Int
  ) throws(FormatError) -> [RecipeNode.Member] {
    try scanner.expect("{")
    if try scanner.accept("}") { return [] }
    var members: [RecipeNode.Member] = []
    var places: [String: RecipePlace] = [:]
    repeat {
      _ = try scanner.peek()
      let place = place(scanner.position)
      let key = try scanner.string()
      try scanner.expect(":")
      let value = try value(&scanner, depth: depth + 1)
      if let first = places[key] {
        faults.append(.duplicate(key, at: place, first: first))
      } else {
        places[key] = place
        members.append(.init(key: Placed(key, place), isPlain: false, value: value))
      }
    } while try scanner.accept(",")
    try scanner.expect("}")
    return members
  }
}

extension RecipeFault {
  /// The field `name` is at `place`, and was at `first` before.
  static func duplicate(
    _ name: String, at place: RecipePlace, first: RecipePlace
  ) -> RecipeFault {
    RecipeFault(
      place, "the field '\(name)' is given twice",
      hint: "it is at line \(first.line) too; remove one of them")
  }
}
