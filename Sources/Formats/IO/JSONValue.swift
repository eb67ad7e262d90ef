/// A JSON document as a tree; members of an object keep their order.
package indirect enum JSONValue: Sendable, Hashable {
  package struct Member: Sendable, Hashable {
    package let key: String
    package let value: JSONValue
  }

  case null
  case bool(Bool)
  case integer(Int)
  /// A number with a fraction; written so that it reads back exactly.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// Parses `text`, of at most 64 levels.
  ///
  /// - Parameters:
  ///   - text: the whole document.
  ///   - file: what errors call it.
  ///   - code: which fault it is when the text is not JSON.
  /// - Throws: `FormatError` at the first fault.
  package init(
    parsing text: [UInt8], file: String, code: FindingCode? = nil
  ) throws(FormatError) {
    var scanner = try JSONScanner(of: text, file: file, code: code)
    self = try Self.value(from: &scanner, depth: 0)
    try scanner.finish()
  }

  /// Reads the value that comes next in `scanner`, of at most 64 levels.
  package init(from scanner: inout JSONScanner) throws(FormatError) {
    self = try Self.value(from: &scanner, depth: 0)
  }

  private static func value(
    from scanner: inout JSONScanner, depth: Int
  ) throws(FormatError) -> JSONValue {
    guard depth < 64 else { throw scanner.fault(JSONScanner.tooDeep) }
    switch try scanner.peek() {
    case UInt8(ascii: "{"):
      var members: [Member] = []
      try scanner.object { scanner, key throws(FormatError) in
        members.append(Member(key: key, value: try value(from: &scanner, depth: depth + 1)))
      }
      return .object(members)
    case UInt8(ascii: "["):
      try scanner.expect("[")
      if try scanner.accept("]") { return .array([]) }
      var elements: [JSONValue] = []
      repeat {
        elements.append(try value(from: &scanner, depth: depth + 1))
      } while try scanner
        .accept(",")
      try scanner.expect("]")
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try scanner.string())
    case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "f"): return try word(from: &scanner)
    default:
      let number = try scanner.number()
      return Int(exactly: number).map { .integer($0) } ?? .number(number)
    }
  }

  private static func word(from scanner: inout JSONScanner) throws(FormatError) -> JSONValue {
    switch try scanner.peek() {
    case UInt8(ascii: "t"):
      try scanner.literal("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try scanner.literal("false")
      return .bool(false)
    default:
      try scanner.literal("null")
      return .null
    }
  }
}

extension JSONValue {
  /// An object of `members`, in this order; those without a value are left out.
  package static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
    .object(
      members.compactMap { member in member.value.map { Member(key: member.key, value: $0) } })
  }

  /// An object of `members`, in this order.
  package static func object<Values: Sequence<(String, JSONValue)>>(
    pairs members: Values
  ) -> JSONValue {
    .object(members.map { Member(key: $0.0, value: $0.1) })
  }

  /// The value of `key`; the last one if it occurs twice.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  package var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }

  package var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The number, if it has no fraction.
  package var integerValue: Int? {
    if case .integer(let value) = self { value } else { nil }
  }

  package var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  package var elements: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  package var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }
}
