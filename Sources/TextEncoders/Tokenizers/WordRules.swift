/// How a normalised text is cut into pieces.
enum WordRules: Sendable, Equatable {
  /// At whitespace, which goes; punctuation characters are pieces of their own.
  case bert
  /// By CLIP's regular expression, which drops whitespace.
  ///
  /// `literals`: the newer form of it, which also finds the two special tokens in the text.
  case clip(literals: Bool)
  /// By GPT-2's regular expression, where a space belongs to the word after it.
  ///
  /// `leadingSpace`: a space is put before every text that does not start with one.
  case gpt2(leadingSpace: Bool)

  func pieces(of text: String) -> TextPieces {
    switch self {
    case .bert:
      Self.bertPieces(of: text)
    case .clip(let literals):
      RegexScanner.clipPieces(of: text, literals: literals)
    case .gpt2(let leadingSpace):
      RegexScanner.gpt2Pieces(
        of: leadingSpace && !text.isEmpty && text.utf8.first != 0x20 ? " " + text : text)
    }
  }

  /// Source: `BertPreTokenizer` of Hugging Face `tokenizers` 0.23.3.
  private static func bertPieces(of text: String) -> TextPieces {
    var pieces = TextPieces()
    for scalar in text.unicodeScalars {
      if scalar.properties.isWhitespace {
        pieces.close()
      } else if scalar.isBertPunctuation {
        pieces.close()
        pieces.append(scalar)
        pieces.close()
      } else {
        pieces.append(scalar)
      }
    }
    pieces.close()
    return pieces
  }
}
