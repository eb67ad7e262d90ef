/// Questions about bytes that should be text.
enum UTF8Text {
  /// Whether `bytes` are UTF-8; found without a copy of them.
  static func isValid(_ bytes: [UInt8]) -> Bool {
    do {
      _ = try UTF8Span(validating: bytes.span)
      return true
    } catch {
      return false
    }
  }
}
