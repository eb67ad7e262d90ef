/// Reads JSON from front to back, once, without building a tree.
///
/// A JSON library that merges duplicate keys, or accepts fractions as integers, cannot
/// tell the files apart that this format refuses.
struct JSONScanner {
  private let bytes: [UInt8]
  private(set) var position = 0
  private let file: String
  /// What errors call the text, such as "header".
  private let place: String

  init(_ bytes: [UInt8], file: String, place: String) {
    (self.bytes, self.file, self.place) = (bytes, file, place)
  }

  func fault(_ problem: String, at place: Int? = nil) -> FormatError {
    .unacceptable(file, place: "\(self.place) byte \(place ?? position)", problem)
  }

  mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  var isAtEnd: Bool { position == bytes.count }

  /// The next byte that is not space, without passing it.
  mutating func peek() throws(FormatError) -> UInt8 {
    skipSpace()
    guard position < bytes.count else {
      throw fault("the JSON ends too early")
    }
    return bytes[position]
  }

  /// Passes `character`, which must come next.
  mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
    let found = try peek()
    guard found == UInt8(ascii: character) else {
      throw fault("expected '\(character)', found '\(printable(String(Unicode.Scalar(found))))'")
    }
    position += 1
  }

  /// Passes `character` if it comes next.
  mutating func accept(_ character: Unicode.Scalar) throws(FormatError) -> Bool {
    guard try peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Calls `member` at the start of each value of an object, with its key.
  mutating func object(
    _ member: (inout JSONScanner, String) throws(FormatError) -> Void
  ) throws(FormatError) {
    try expect("{")
    if try accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while try accept(",")
    try expect("}")
  }

  /// A list of non-negative integers.
  mutating func integers() throws(FormatError) -> [Int] {
    try expect("[")
    if try accept("]") { return [] }
    var values: [Int] = []
    repeat { values.append(try integer()) } while try accept(",")
    try expect("]")
    return values
  }

  private mutating func integer() throws(FormatError) -> Int {
    _ = try peek()
    let start = position
    var value = 0
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      let (product, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(Int(bytes[position] - 0x30))
      guard !first, !second else { throw fault("the number is too large", at: start) }
      value = sum
      position += 1
    }
    let next = position < bytes.count ? bytes[position] : 0
    let isFraction = [0x2E, 0x65, 0x45].contains(next)
    let hasLeadingZero = position - start > 1 && bytes[start] == 0x30
    guard position > start, !isFraction, !hasLeadingZero else {
      throw fault("expected a non-negative integer", at: start)
    }
    return value
  }

  /// A string; `\u` escapes must form Unicode scalars.
  mutating func string() throws(FormatError) -> String {
    try expect("\"")
    let start = position
    while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5C {
      guard bytes[position] >= 0x20 else { throw fault("a control character inside a string") }
      position += 1
    }
    guard position < bytes.count else { throw fault("the JSON ends inside a string") }
    // The header as a whole was found to be UTF-8, so decoding repairs nothing.
    var text = String(decoding: bytes[start..<position], as: UTF8.self)
    if bytes[position] == 0x22 {
      position += 1
      return text
    }
    try appendEscaped(to: &text)
    return text
  }

  private mutating func appendEscaped(to text: inout String) throws(FormatError) {
    var run = position
    while position < bytes.count, bytes[position] != 0x22 {
      guard bytes[position] >= 0x20 else { throw fault("a control character inside a string") }
      guard bytes[position] == 0x5C else {
        position += 1
        continue
      }
      text += String(decoding: bytes[run..<position], as: UTF8.self)
      text.unicodeScalars.append(try escape())
      run = position
    }
    guard position < bytes.count else { throw fault("the JSON ends inside a string") }
    text += String(decoding: bytes[run..<position], as: UTF8.self)
    position += 1
  }

  private mutating func escape() throws(FormatError) -> Unicode.Scalar {
    let start = position
    position += 1
    guard position < bytes.count else { throw fault("the JSON ends inside a string") }
    let character = bytes[position]
    position += 1
    switch character {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(character)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape(from: start)
    default: throw fault("an unknown escape", at: start)
    }
  }

  private mutating func unicodeEscape(from start: Int) throws(FormatError) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, position + 1 < bytes.count,
      bytes[position] == 0x5C, bytes[position + 1] == UInt8(ascii: "u")
    else { throw fault("a lone surrogate", at: start) }
    position += 2
    let second = try hexadecimal()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw fault("a lone surrogate", at: start) }
    return scalar
  }

  private mutating func hexadecimal() throws(FormatError) -> UInt32 {
    guard position + 4 <= bytes.count,
      bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw fault("an incomplete \\u escape") }
    position += 4
    return value
  }

  /// Passes `null`, if it comes next.
  mutating func acceptNull() throws(FormatError) -> Bool {
    guard try peek() == UInt8(ascii: "n") else { return false }
    try literal("null")
    return true
  }

  mutating func literal(_ word: String) throws(FormatError) {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("expected a JSON value") }
    position += word.utf8.count
  }

  /// Passes a value of any kind, of at most 64 levels.
  mutating func skipValue(depth: Int = 0) throws(FormatError) {
    guard depth < 64 else { throw fault("values are nested too deeply") }
    switch try peek() {
    case UInt8(ascii: "{"):
      try object { scanner, _ throws(FormatError) in try scanner.skipValue(depth: depth + 1) }
    case UInt8(ascii: "["):
      position += 1
      if try accept("]") { return }
      repeat { try skipValue(depth: depth + 1) } while try accept(",")
      try expect("]")
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    case UInt8(ascii: "n"): try literal("null")
    default: _ = try number()
    }
  }

  /// A number of any form.
  mutating func number() throws(FormatError) -> Double {
    _ = try peek()
    let start = position
    while position < bytes.count,
      (0x30...0x39).contains(bytes[position]) || "+-.eE".utf8.contains(bytes[position])
    { position += 1 }
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw fault("expected a JSON value", at: start)
    }
    return value
  }
}
