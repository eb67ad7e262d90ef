import Formats
import Testing

/// What of a text reaches a terminal as it is.
@Suite struct PrintableTests {
  /// A control, C1, DEL, soft hyphen, marks of direction, joiners, separators, tags, private use.
  @Test(
    arguments: [
      0x07, 0x1B, 0x7F, 0x9B, 0xAD, 0x61C, 0x180E, 0x200B, 0x200D, 0x200F, 0x2028, 0x2029, 0x202E,
      0x2060, 0x2064, 0x2066, 0x206F, 0xE000, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041, 0xF_0000,
    ] as [UInt32])
  func hiddenCharactersAreEscaped(_ value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    #expect(printable("a\(scalar)b") == "a\\u{\(String(value, radix: 16))}b")
  }

  @Test(arguments: [
    "plain text, 100 %", "é e\u{301} ñ", "日本語 한국어", "עברית العربية", "🦊 ❤️ 🇨🇭", "½ ± ∞ \u{A0}x",
  ])
  func ordinaryTextStays(_ text: String) { #expect(printable(text) == text) }
}
