/// A pattern for the name of a file: `*` stands for any letters, `?` for one.
struct FilePattern: Sendable {
  private let scalars: [Unicode.Scalar]

  init(_ text: some StringProtocol) { scalars = Array(text.unicodeScalars) }

  /// Whether `text` is a pattern, and not the name of one file.
  static func isPattern(_ text: some StringProtocol) -> Bool {
    text.unicodeScalars.contains { $0 == "*" || $0 == "?" }
  }

  /// Takes at most as many steps as the product of both lengths.
  func matches(_ name: some StringProtocol) -> Bool {
    let name = Array(name.unicodeScalars)
    var (at, position) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while position < name.count {
      if at < scalars.count, scalars[at] == "*" {
        star = (at, position)
        at += 1
      } else if at < scalars.count, scalars[at] == "?" || scalars[at] == name[position] {
        at += 1
        position += 1
      } else if let last = star {
        // The last star takes one letter more.
        star = (last.pattern, last.name + 1)
        (at, position) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return scalars[at...].allSatisfy { $0 == "*" }
  }
}
