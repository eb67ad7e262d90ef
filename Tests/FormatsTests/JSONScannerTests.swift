import Formats
import Testing

@Suite("JSON scanner")
struct JSONScannerTests {
  private func scanner(_ text: String) throws -> JSONScanner {
    try JSONScanner(of: Array(text.utf8), file: "f")
  }

  @Test("strings keep their scalars, escaped or not, and are not normalised")
  func strings() throws {
    var scanner = try scanner(#" "\u0120a\uD83D\uDE00" "e\u0301é\u212B\"\\\/\b\f\n\r\t" "" "#)
    var text: [UInt8] = []
    try scanner.string(into: &text)
    #expect(text == Array("\u{120}a\u{1F600}".utf8))
    try scanner.string(into: &text)
    #expect(
      text == Array("\u{120}a\u{1F600}e\u{301}é\u{212B}\"\\/\u{8}\u{C}\n\r\t".utf8))
    let count = text.count
    try scanner.string(into: &text)
    #expect(text.count == count)
    try scanner.finish()
  }

  @Test(
    "faults in strings are found at their byte",
    arguments: [
      (#""\u12""#, "f: JSON byte 3: an incomplete \\u escape"),
      (#""\u+123""#, "f: JSON byte 3: an incomplete \\u escape"),
      (#""\uD800x""#, "f: JSON byte 1: a lone surrogate"),
      (#""\uDC00""#, "f: JSON byte 1: a lone surrogate"),
      (#""\x""#, "f: JSON byte 1: an unknown escape"),
      (#""a"#, "f: JSON byte 2: the JSON ends inside a string"),
      (#""\"#, "f: JSON byte 2: the JSON ends inside a string"),
      ("\"a\nb\"", "f: JSON byte 2: a control character inside a string"),
      ("a", "f: JSON byte 0: expected '\"', found 'a'"),
    ])
  func faults(text: String, message: String) throws {
    var scanner = try scanner(text)
    var bytes: [UInt8] = []
    let error = #expect(throws: FormatError.self) { try scanner.string(into: &bytes) }
    #expect(error?.description == message)
  }

  @Test(
    "numbers are spelled as JSON spells them",
    arguments: [
      ("0", 0.0), ("-0.5", -0.5), ("10", 10), ("1e3", 1000), ("1.25E+2", 125), ("2e-1", 0.2),
      ("01", nil), ("+1", nil), (".5", nil), ("1.", nil), ("1e", nil), ("-", nil), ("1e999", nil),
      ("0x10", nil), ("1_0", nil), ("--1", nil), ("NaN", nil),
    ])
  func numbers(text: String, value: Double?) throws {
    var scanner = try scanner(text)
    let found = try? { () throws -> Double in
      let number = try scanner.number()
      try scanner.finish()
      return number
    }()
    #expect(found == value)
  }

  @Test("values may be nested as deep as the reference reads them")
  func nesting() throws {
    for (depth, isRead) in [(127, true), (200, false)] {
      let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      var scanner = try scanner(text)
      #expect(((try? scanner.skipValue()) != nil) == isRead)
    }
  }

  @Test("the end of a document is its end")
  func end() throws {
    var scanner = try scanner("7 x")
    #expect(try scanner.integer() == 7)
    let error = #expect(throws: FormatError.self) { try scanner.finish() }
    #expect(error?.description == "f: JSON byte 2: something follows the JSON value")
  }
}
