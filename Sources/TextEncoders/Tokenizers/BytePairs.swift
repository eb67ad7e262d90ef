internal import Formats

/// A byte pair encoding over bytes: the symbol that each byte starts as, and the merges.
///
/// Source: Sennrich et al., *Neural Machine Translation of Rare Words with Subword Units* (2016), and
/// the `BPE` model of Hugging Face `tokenizers` 0.23.3.
struct BytePairs: Sendable {
  /// How symbols are spelled, and what stands for those that the vocabulary lacks.
  struct Spelling: Sendable {
    /// What the last symbol of a piece ends in, such as `</w>`.
    var wordEnd = ""
    /// The id for bytes that the vocabulary lacks; without one they are left out.
    var unknown: Int?
    /// Whether unknown bytes in a row are one symbol.
    var fusesUnknown = false
  }

  private static let none: Int32 = -1

  /// By byte: inside a piece, and at its end.
  private let inner: [Int32]
  private let final: [Int32]
  private let merges: MergeTable
  private let unknown: Int32?
  private let fusesUnknown: Bool

  init(
    _ vocabulary: Vocabulary, _ list: MergeList, _ spelling: Spelling, file: String
  ) throws(FormatError) {
    func symbols(ending end: String) -> [Int32] {
      ByteAlphabet.characters.map { character in
        let spelled = character + Array(end.utf8)
        return Int32(vocabulary.id(of: spelled.indices, in: spelled) ?? Int(Self.none))
      }
    }
    inner = symbols(ending: "")
    final = symbols(ending: spelling.wordEnd)
    merges = try MergeTable(list, vocabulary, file: file)
    unknown = spelling.unknown.map(Int32.init)
    fusesUnknown = spelling.fusesUnknown
  }

  /// Appends the ids of the piece `text[range]`.
  func append(
    idsOf text: [UInt8], _ range: Range<Int>, by chain: inout SymbolChain, to ids: inout [Int]
  ) {
    var isAfterUnknown = false
    for index in range {
      let symbols = index + 1 == range.upperBound ? final : inner
      let symbol = symbols[Int(text[index])]
      if symbol != Self.none {
        chain.append(symbol)
      } else if let unknown, !(fusesUnknown && isAfterUnknown) {
        chain.append(unknown)
      }
      isAfterUnknown = symbol == Self.none
    }
    chain.mergeAll(by: merges)
    chain.drain(to: &ids)
  }

  /// The id of `text` as a piece of its own, if it is a single token.
  func id(of text: String) -> Int? {
    let bytes = Array(text.utf8)
    var (chain, ids) = (SymbolChain(), [Int]())
    append(idsOf: bytes, bytes.indices, by: &chain, to: &ids)
    return ids.count == 1 && ids.first != unknown.map(Int.init) ? ids.first : nil
  }
}
