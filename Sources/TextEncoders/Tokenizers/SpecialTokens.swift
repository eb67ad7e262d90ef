/// Tokens that are recognised in the raw text, before any normalisation, such as `[MASK]`.
struct SpecialTokens: Sendable {
  private let tokens: [(text: [UInt8], id: Int)]

  init(_ tokens: [(text: String, id: Int)]) {
    self.tokens = tokens.map { (Array($0.text.utf8), $0.id) }
      .sorted { $0.text.count > $1.text.count }
  }

  enum Part: Equatable {
    case text(String)
    case token(Int)
  }

  /// `text` as special tokens and the texts between them.
  ///
  /// The earliest occurrence is taken, of several at one place the longest.
  func parts(of text: String) -> [Part] {
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var (start, index) = (0, 0)
    func closeText() {
      guard start < index else { return }
      parts.append(.text(String(decoding: bytes[start..<index], as: UTF8.self)))
    }
    while index < bytes.count {
      guard let match = token(at: index, of: bytes) else {
        index += 1
        continue
      }
      closeText()
      parts.append(.token(match.id))
      index += match.text.count
      start = index
    }
    closeText()
    return parts
  }

  private func token(at index: Int, of bytes: [UInt8]) -> (text: [UInt8], id: Int)? {
    tokens.first { $0.text.first == bytes[index] && bytes[index...].starts(with: $0.text) }
  }
}
