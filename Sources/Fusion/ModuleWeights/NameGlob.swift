/// A pattern of module names: `*` stands for any characters, dots too, `?` for one character.
///
/// A pattern that matches the name of a block matches every module in it, so that
/// `unet.mid_block` and `unet.*.attn1` need no `.*` behind them.
package struct NameGlob: Sendable {
  let text: String
  private let scalars: [Unicode.Scalar]

  package init(_ text: String) {
    self.text = text
    scalars = Array(text.unicodeScalars)
  }

  private static func isWildcard(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "*" || scalar == "?"
  }

  var isLiteral: Bool { !scalars.contains(where: Self.isWildcard) }

  /// How many characters stand for themselves; of two patterns, the one with more is the closer one.
  var literalCount: Int { scalars.count { !Self.isWildcard($0) } }

  /// Whether the pattern is the name, or that of a block in which it is: what comes before a dot.
  package func matches(_ name: [Unicode.Scalar]) -> Bool {
    var (position, index) = (0, 0)
    // Where to go on when a character does not fit: behind the last star, one character further.
    var retry: (position: Int, index: Int)?
    while true {
      if position == scalars.count, index == name.count || name[index] == "." { return true }
      if position < scalars.count, scalars[position] == "*" {
        retry = (position + 1, index)
        position += 1
      } else if position < scalars.count, index < name.count,
        scalars[position] == "?" || scalars[position] == name[index]
      {
        position += 1
        index += 1
      } else {
        guard let last = retry, last.index < name.count else { return false }
        retry = (last.position, last.index + 1)
        (position, index) = (last.position, last.index + 1)
      }
    }
  }

  /// How many characters of `name` would have to be another for the pattern to match all of it:
  /// the edit distance, where a star takes any characters.
  package func distance(to name: String) -> Int {
    let name = Array(name.unicodeScalars)
    var row = Array(0...name.count)
    for scalar in scalars {
      var next = [scalar == "*" ? row[0] : row[0] + 1]
      next.reserveCapacity(row.count)
      for (index, character) in name.enumerated() {
        let isSame = scalar == character || scalar == "?"
        next.append(
          scalar == "*"
            ? min(row[index + 1], next[index])
            : min(row[index] + (isSame ? 0 : 1), row[index + 1] + 1, next[index] + 1))
      }
      row = next
    }
    return row[name.count]
  }
}
