/// Reads JSON from front to back, once, without building a tree.
///
/// A JSON library that merges duplicate keys, or accepts fractions as integers, cannot
/// tell the files apart that this format refuses.
package struct JSONScanner {
  private let bytes: [UInt8]
  package private(set) var position = 0
  private let file: String
  /// What errors call the text, such as "header".
  private let place: String
  /// The code of its errors.
  private let code: FindingCode?

  init(_ bytes: [UInt8], file: String, place: String, code: FindingCode? = nil) {
    (self.bytes, self.file, self.place, self.code) = (bytes, file, place, code)
  }

  /// A scanner at the start of `text`, which errors call JSON.
  ///
  /// - Throws: `FormatError` if `text` is not UTF-8.
  package init(of text: [UInt8], file: String, code: FindingCode? = nil) throws(FormatError) {
    guard UTF8Text.isValid(text) else {
      throw .unacceptable(file, "is not UTF-8 text", code: code)
    }
    self.init(text, file: file, place: "JSON", code: code)
  }

  package func fault(
    _ problem: String, at place: Int? = nil, code: FindingCode? = nil
  ) -> FormatError {
    .unacceptable(
      file, place: "\(self.place) byte \(place ?? position)", problem, code: code ?? self.code)
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
  package mutating func peek() throws(FormatError) -> UInt8 {
    skipSpace()
    guard position < bytes.count else {
      throw fault("the JSON ends too early")
    }
    return bytes[position]
  }

  /// Passes `character`, which must come next.
  package mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
    let found = try peek()
    guard found == UInt8(ascii: character) else {
      throw fault("expected '\(character)', found '\(printable(String(Unicode.Scalar(found))))'")
    }
    position += 1
  }

  /// Passes `character` if it comes next.
  package mutating func accept(_ character: Unicode.Scalar) throws(FormatError) -> Bool {
    guard try peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Calls `member` at the start of each value of an object, with its key.
  package mutating func object(
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

  /// Passes the end of the text, which must come next.
  package mutating func finish() throws(FormatError) {
    skipSpace()
    guard isAtEnd else { throw fault("something follows the JSON value") }
  }

  /// A list of non-negative integers, of at most `limit`.
  mutating func integers(limit: Int) throws(FormatError) -> [Int] {
    try expect("[")
    if try accept("]") { return [] }
    var values: [Int] = []
    repeat {
      guard values.count < limit else {
        throw fault("a list of more than \(limit) numbers", code: .headerEntry)
      }
      values.append(try integer())
    } while try accept(",")
    try expect("]")
    return values
  }

  /// A non-negative integer.
  package mutating func integer() throws(FormatError) -> Int {
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
  package mutating func string() throws(FormatError) -> String {
    try expect("\"")
    let start = try plainRun()
    // The text as a whole was found to be UTF-8, so decoding repairs nothing.
    guard bytes[position] != 0x22 else {
      position += 1
      return String(decoding: bytes[start], as: UTF8.self)
    }
    var text = Array(bytes[start])
    try appendEscaped(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the UTF-8 of a string to `text`.
  package mutating func string(into text: inout [UInt8]) throws(FormatError) {
    try expect("\"")
    text += bytes[try plainRun()]
    try appendEscaped(to: &text)
  }

  /// Passes the characters of a string up to the next quote or backslash.
  private mutating func plainRun() throws(FormatError) -> Range<Int> {
    let start = position
    while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5C {
      guard bytes[position] >= 0x20 else { throw fault("a control character inside a string") }
      position += 1
    }
    guard position < bytes.count else { throw fault("the JSON ends inside a string") }
    return start..<position
  }

  /// Appends what follows, from a backslash or the closing quote on.
  private mutating func appendEscaped(to text: inout [UInt8]) throws(FormatError) {
    while bytes[position] == 0x5C {
      text.append(contentsOf: try escape().utf8)
      text += bytes[try plainRun()]
    }
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
    var value: UInt32 = 0
    for index in position..<position + 4 {
      guard index < bytes.count, let digit = Self.digit(bytes[index]) else {
        throw fault("an incomplete \\u escape")
      }
      value = value << 4 | digit
    }
    position += 4
    return value
  }

  private static func digit(_ character: UInt8) -> UInt32? {
    switch character {
    case 0x30...0x39: UInt32(character - 0x30)
    case 0x41...0x46: UInt32(character - 0x41 + 10)
    case 0x61...0x66: UInt32(character - 0x61 + 10)
    default: nil
    }
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

  /// What is wrong with a value of too many levels, which may be JSON all the same.
  package static let tooDeep = "values are nested too deeply"

  /// Passes a value of any kind, of at most 128 levels, as many as the reference reads.
  package mutating func skipValue(depth: Int = 0) throws(FormatError) {
    guard depth < 128 else { throw fault(Self.tooDeep) }
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

  /// A number as JSON spells it, whose value is finite.
  ///
  /// Source: RFC 8259, section 6.
  package mutating func number() throws(FormatError) -> Double {
    _ = try peek()
    let start = position
    skip("-")
    let hasLeadingZero = skip("0")
    var isSound = hasLeadingZero || skipDigits()
    if skip(".") { isSound = skipDigits() && isSound }
    if skip("e") || skip("E") {
      if !skip("+") { skip("-") }
      isSound = skipDigits() && isSound
    }
    guard isSound, let value = Double(String(decoding: bytes[start..<position], as: UTF8.self))
    else { throw fault("expected a JSON value", at: start) }
    guard value.isFinite else { throw fault("is not a finite number", at: start) }
    return value
  }

  @discardableResult private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Whether there was a digit.
  private mutating func skipDigits() -> Bool {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    return position > start
  }
}
