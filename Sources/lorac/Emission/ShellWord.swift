/// A text as one word of a POSIX shell.
struct ShellWord: CustomStringConvertible {
  let description: String

  init(_ text: String) {
    let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy(Self.isPlain)
    description = isPlain ? text : "'\(text.replacing("'", with: "'\\''"))'"
  }

  /// The words, with spaces between them.
  static func line(_ words: [String]) -> String {
    words.map { ShellWord($0).description }.joined(separator: " ")
  }

  /// `path` as an argument that is no option and no file of arguments.
  static func operand(_ path: String) -> String {
    path.hasPrefix("-") || path.hasPrefix("@") ? "./\(path)" : path
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "+", ".", ",", "/", ":", "@", "%": true
    default: false
    }
  }
}
