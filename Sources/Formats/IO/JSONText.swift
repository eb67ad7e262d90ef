extension JSONValue {
  /// The document as text, indented by two spaces.
  package var indented: String { text(JSONText(indents: true, pass: nil)) }

  /// The document as text on one line.
  package var compact: String { text(JSONText(indents: false, pass: nil)) }

  private func text(_ empty: JSONText<Never>) -> String {
    var text = empty
    text.append(self)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// Prints the document to standard output, indented, without holding all of its text.
  ///
  /// - Throws: `FormatError` of kind `inputOutput`, for instance when the disk is full.
  package func print() throws(FormatError) {
    var text = JSONText(indents: true) { bytes throws(FormatError) in
      try bytes.withRawBytes { bytes throws(FormatError) in try StandardOutput.write(bytes) }
    }
    try text.append(self)
    try text.finishLine()
  }
}

/// The text of a document, handed on in pieces where there is a place for them.
struct JSONText<Failure: Error> {
  private(set) var bytes: [UInt8] = []
  private let indents: Bool
  private var depth = 0
  private let pass: (([UInt8]) throws(Failure) -> Void)?

  init(indents: Bool, pass: (([UInt8]) throws(Failure) -> Void)?) {
    (self.indents, self.pass) = (indents, pass)
  }

  mutating func append(_ value: JSONValue) throws(Failure) {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    // JSON has no word for what is not finite; such a number is absent.
    case .number(let value): bytes += (value.isFinite ? value.description : "null").utf8
    case .string(let value): try append(value)
    case .array(let elements):
      try list("[", "]", elements) { text, element throws(Failure) in
        try text.append(element)
      }
    case .object(let members):
      try list("{", "}", members) { text, member throws(Failure) in
        try text.append(member.key)
        text.bytes += (text.indents ? ": " : ":").utf8
        try text.append(member.value)
      }
    }
    try passFullPiece()
  }

  /// Ends the line, and hands on what is left.
  mutating func finishLine() throws(Failure) {
    bytes.append(UInt8(ascii: "\n"))
    try pass?(bytes)
    bytes = []
  }

  private mutating func list<Element>(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ elements: [Element],
    _ append: (inout JSONText, Element) throws(Failure) -> Void
  ) throws(Failure) {
    bytes.append(UInt8(ascii: open))
    depth += 1
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      startLine()
      try append(&self, element)
    }
    depth -= 1
    if !elements.isEmpty { startLine() }
    bytes.append(UInt8(ascii: close))
  }

  private mutating func startLine() {
    guard indents else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<2 * depth { bytes.append(UInt8(ascii: " ")) }
  }

  private mutating func append(_ string: String) throws(Failure) {
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes += "\\\"".utf8
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\r"): bytes += "\\r".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20, 0x7F:
        let digits = String(byte, radix: 16)
        bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
      default: bytes.append(byte)
      }
      try passFullPiece()
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func passFullPiece() throws(Failure) {
    guard let pass, bytes.count >= 1 << 16 else { return }
    try pass(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}
