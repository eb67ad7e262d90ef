// `_nfd` is the standard library's canonical decomposition. The public way to it is the whole of
// Foundation with ICU: twice the start-up time of the process, and 40 MB in a static executable.
@_spi(_Unicode) internal import Swift

/// Turns text into the pieces that BERT's uncased WordPiece looks up: words and single punctuation
/// characters, lower-case, without accents.
///
/// Source: `BertNormalizer` and `BertPreTokenizer` of Hugging Face `tokenizers` 0.23.3, in this
/// order: clean, space out ideographs, decompose, drop marks, lower-case, split.
struct BertNormalizer {
  /// UTF-8 of all pieces, one after the other.
  private(set) var bytes: [UInt8] = []
  /// Each piece's bytes, and its length in Unicode scalars.
  private(set) var pieces: [(bytes: Range<Int>, scalars: Int)] = []

  private var pieceStart = 0
  private var pieceScalars = 0

  init(_ text: String) {
    bytes.reserveCapacity(text.utf8.count)
    let cleaned = Self.cleaned(text)
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
      for byte in cleaned.utf8 { add(Unicode.Scalar((65...90).contains(byte) ? byte + 32 : byte)) }
    } else {
      for scalar in cleaned._nfd where !scalar.isBertMark {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars { add(lower) }
      }
    }
    closePiece()
  }

  /// `text` without invisible characters, with plain spaces, and with spaces around ideographs.
  private static func cleaned(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !scalar.isBertRemoved {
      if scalar.properties.isWhitespace {
        result.append(" ")
      } else if scalar.isBertIdeograph {
        result.append(contentsOf: [" ", scalar, " "])
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  private mutating func add(_ scalar: Unicode.Scalar) {
    if scalar.properties.isWhitespace {
      closePiece()
    } else if scalar.isBertPunctuation {
      closePiece()
      append(scalar)
      closePiece()
    } else {
      append(scalar)
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    bytes.append(contentsOf: scalar.utf8)
    pieceScalars += 1
  }

  private mutating func closePiece() {
    if pieceScalars > 0 { pieces.append((pieceStart..<bytes.count, pieceScalars)) }
    (pieceStart, pieceScalars) = (bytes.count, 0)
  }
}
