/// Cuts a text as the regular expressions of CLIP and GPT-2 do, without a regular expression engine.
///
/// Time and memory are linear in the text's length.
struct RegexScanner {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var pieces = TextPieces()

  private init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// The pieces that CLIP's expression matches; whitespace is in none.
  ///
  /// Its alternatives, in this order: an English contraction, a run of letters, one number character,
  /// a run of whatever else is not whitespace.
  ///
  /// Source: the `Split` pattern of CLIP's `tokenizer.json`. With `literals` it starts with two more
  /// alternatives, the special tokens; `ByteLevel`, which follows it, cuts these in three.
  static func clipPieces(of text: String, literals: Bool) -> TextPieces {
    var scanner = RegexScanner(text)
    while let scalar = scanner.next {
      if literals, let name = scanner.literal {
        for length in [2, name, 2] { scanner.take(length) }
      } else if let length = scanner.contraction {
        scanner.take(length)
      } else {
        switch scalar.regexClass {
        case .space: scanner.position += 1
        case .number: scanner.take(1)
        case .letter: scanner.take(scanner.run(of: .letter))
        case .other: scanner.take(scanner.run(of: .other))
        }
      }
    }
    return scanner.pieces
  }

  /// The pieces that GPT-2's expression matches; everything is in one.
  ///
  /// Its alternatives, in this order: an English contraction; a run of letters, of numbers, or of
  /// whatever else is not whitespace, each with a space before it if there is one; whitespace up to
  /// the last one before something else; whitespace.
  ///
  /// Source: the pattern of `ByteLevel` in Hugging Face `tokenizers` 0.23.3, from GPT-2.
  static func gpt2Pieces(of text: String) -> TextPieces {
    var scanner = RegexScanner(text)
    while let scalar = scanner.next {
      let space = scalar == " " ? 1 : 0
      if let length = scanner.contraction {
        scanner.take(length)
      } else if let kind = scanner.kind(at: scanner.position + space), kind != .space {
        scanner.take(space + scanner.run(of: kind, from: space))
      } else {
        let length = scanner.run(of: .space)
        let isAtEnd = scanner.position + length == scanner.scalars.count
        scanner.take(isAtEnd ? length : max(1, length - 1))
      }
    }
    return scanner.pieces
  }

  private var next: Unicode.Scalar? {
    position < scalars.count ? scalars[position] : nil
  }

  private func kind(at index: Int) -> RegexClass? {
    index < scalars.count ? scalars[index].regexClass : nil
  }

  /// The number of scalars of class `kind` in a row, from `offset` on.
  private func run(of kind: RegexClass, from offset: Int = 0) -> Int {
    var end = position + offset
    while end < scalars.count, scalars[end].regexClass == kind { end += 1 }
    return end - position - offset
  }

  private func matches(_ word: String.UnicodeScalarView, at index: Int) -> Bool {
    scalars[index...].starts(with: word)
  }

  /// The length of the contraction that comes next.
  private var contraction: Int? {
    guard scalars[position] == "'", position + 1 < scalars.count else { return nil }
    switch scalars[position + 1] {
    case "s", "t", "m", "d": return 2
    case "r", "v": return matches("e".unicodeScalars, at: position + 2) ? 3 : nil
    case "l": return matches("l".unicodeScalars, at: position + 2) ? 3 : nil
    default: return nil
    }
  }

  /// The length of the name in the special token that comes next.
  private var literal: Int? {
    guard scalars[position] == "<" else { return nil }
    return ["startoftext", "endoftext"].first {
      matches("<|\($0)|>".unicodeScalars, at: position)
    }?.utf8.count
  }

  /// Makes the next `count` scalars a piece.
  private mutating func take(_ count: Int) {
    for scalar in scalars[position..<position + count] { pieces.append(scalar) }
    pieces.close()
    position += count
  }
}
