internal import Formats

extension WordRules {
  /// The regular expression of CLIP, in the form that files have had since the first.
  private static let clipPattern =
    #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
  /// What newer files have before it.
  private static let clipLiterals = #"<\|startoftext\|>|<\|endoftext\|>|"#

  /// Reads the `pre_tokenizer` of a `tokenizer.json`.
  ///
  /// - Throws: `FormatError` that names the kind where one is not implemented.
  init(_ document: TokenizerDocument) throws(FormatError) {
    let components = try TokenizerComponent.list(
      document.preTokenizer, members: "pretokenizers", role: "pre_tokenizer",
      file: document.file)
    guard let first = components.first else {
      throw FormatError(
        .unsupported, file: document.file, place: "pre_tokenizer",
        "a tokenizer without one is not supported")
    }
    switch (first.kind, components.count) {
    case ("BertPreTokenizer", 1):
      self = .bert
    case ("ByteLevel", 1):
      guard try first.flag("use_regex", or: true) else {
        throw first.unsupported(with: "use_regex false")
      }
      self = .gpt2(leadingSpace: try first.flag("add_prefix_space", or: true))
    case ("Split", 2) where components[1].kind == "ByteLevel":
      self = .clip(literals: try Self.hasLiterals(split: first, bytes: components[1]))
    case ("BertPreTokenizer", _), ("ByteLevel", _):
      throw components[1].unsupported(with: "'\(first.kind)' before it")
    case ("Split", _):
      throw first.unsupported(with: "no 'ByteLevel' after it")
    default:
      throw first.unsupported()
    }
  }

  /// Whether CLIP's pattern, which this must be, has the special tokens in front.
  private static func hasLiterals(
    split: TokenizerComponent, bytes: TokenizerComponent
  ) throws(FormatError) -> Bool {
    let pattern = split["pattern"] ?? .null
    let expression = pattern["Regex"]?.stringValue
    let isInverted = try split.flag("invert", or: false)
    guard expression == clipPattern || expression == clipLiterals + clipPattern,
      isInverted, try split.text("behavior") == "Removed"
    else { throw split.unsupported(with: "the pattern \(excerpt(pattern.compact))") }
    guard try !bytes.flag("add_prefix_space", or: true) else {
      throw bytes.unsupported(with: "add_prefix_space after 'Split'")
    }
    let hasLiterals = expression != clipPattern
    // Without its own expression it leaves the special tokens whole.
    let usesRegex = try bytes.flag("use_regex", or: true)
    guard usesRegex || !hasLiterals else {
      throw bytes.unsupported(with: "use_regex false after 'Split'")
    }
    return hasLiterals
  }
}
