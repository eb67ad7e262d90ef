internal import Formats

/// The bytes of a file, shown to be text that YAML allows.
struct TextFile: Sendable {
  let path: String
  /// Without a byte order mark.
  let text: String

  /// - Throws: `RecipeFault` at the first byte that is not UTF-8, or the first character that no YAML
  ///   document may hold; of kind `unreadable` where there is no such file.
  init(path: String, limit: Int) throws(RecipeFault) {
    let start = RecipePlace(file: path, line: 1, column: 1)
    let bytes: [UInt8]
    do {
      bytes = try Folder.bytes(ofFile: path, limit: limit)
    } catch {
      throw RecipeFault(start, error.problem, hint: error.remedy, kind: error.kind)
    }
    try self.init(path: path, bytes: bytes)
  }

  init(path: String, bytes: [UInt8]) throws(RecipeFault) {
    self.path = path
    let start = RecipePlace(file: path, line: 1, column: 1)
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw RecipeFault(start, "is UTF-16", hint: "save it as UTF-8")
    }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    guard let text = String(validating: body, as: UTF8.self) else {
      let valid = Self.validPrefix(of: body)
      throw RecipeFault(
        Self.place(after: valid[...], file: path), "the byte \(Self.hex(body, valid)) is not UTF-8",
        hint: "save it as UTF-8")
    }
    self.text = text
    let scalars = text.unicodeScalars
    if let index = scalars.firstIndex(where: { !Self.isAllowed($0) }) {
      throw RecipeFault(
        Self.place(after: scalars[..<index], file: path),
        "holds the character U+\(Self.hex(scalars[index])), which text does not have")
    }
  }

  /// The scalars of `bytes` before the first that is not UTF-8.
  private static func validPrefix(of bytes: ArraySlice<UInt8>) -> String.UnicodeScalarView {
    var scalars = String.UnicodeScalarView()
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    while case .valid(let encoded) = parser.parseScalar(from: &iterator) {
      scalars.append(Unicode.UTF8.decode(encoded))
    }
    return scalars
  }

  private static func hex(_ bytes: ArraySlice<UInt8>, _ valid: String.UnicodeScalarView) -> String {
    let byte = bytes.dropFirst(String(valid).utf8.count).first ?? 0
    return "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  private static func hex(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// The place of what follows `scalars`.
  private static func place(
    after scalars: Substring.UnicodeScalarView, file: String
  ) -> RecipePlace {
    var (line, column) = (1, 1)
    var previous: Unicode.Scalar = " "
    for scalar in scalars {
      switch scalar {
      case "\n" where previous == "\r": break
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": (line, column) = (line + 1, 1)
      default: column += 1
      }
      previous = scalar
    }
    return RecipePlace(file: file, line: line, column: column)
  }

  /// Whether YAML allows `scalar`.
  ///
  /// Source: YAML 1.1, section 5.1, which both versions share.
  static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x9, 0xA, 0xD, 0x20...0x7E, 0x85, 0xA0...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }
}
