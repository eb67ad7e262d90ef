internal import Formats

extension AddedToken {
  /// Reads the `added_tokens` of a `tokenizer.json`.
  static func list(_ document: TokenizerDocument) throws(FormatError) -> [AddedToken] {
    guard document.addedTokens != .null else { return [] }
    guard let elements = document.addedTokens.elements else {
      throw fault("is not a list", document.file)
    }
    var tokens: [AddedToken] = []
    for (index, element) in elements.enumerated() {
      guard let id = element["id"].flatMap(SequenceFrame.tokenId) else {
        throw fault("number \(index + 1) has no usable 'id'", document.file)
      }
      tokens.append(try AddedToken(element, id: id, file: document.file))
    }
    return tokens
  }

  /// The longest token that is looked for, in bytes; longer ones would slow the search.
  private static let lengthLimit = 512

  /// Reads a string, or an object with `content` and flags.
  init(_ document: JSONValue, id: Int, file: String) throws(FormatError) {
    guard let content = document.stringValue ?? document["content"]?.stringValue else {
      throw Self.fault("the token of id \(id) has no 'content'", file)
    }
    guard content.utf8.count <= Self.lengthLimit else {
      throw Self.fault("the token of id \(id) has more than \(Self.lengthLimit) bytes", file)
    }
    self.init(content: content, id: id, traits: try Self.traits(document, file: file))
  }

  /// The flags of `document`; where nothing is said, special tokens are looked for in the raw text.
  static func traits(_ document: JSONValue, file: String) throws(FormatError) -> Traits {
    func flag(_ name: String) throws(FormatError) -> Bool? {
      guard let value = document[name] else { return nil }
      guard let flag = value.boolValue else {
        throw fault("a '\(name)' is not true or false", file)
      }
      return flag
    }
    let isSpecial = try flag("special") ?? true
    var traits: Traits = []
    if try flag("normalized") ?? !isSpecial { traits.insert(.normalized) }
    if try flag("single_word") ?? false { traits.insert(.singleWord) }
    if try flag("lstrip") ?? false { traits.insert(.stripsLeft) }
    if try flag("rstrip") ?? false { traits.insert(.stripsRight) }
    return traits
  }

  /// Refuses tokens that have another id in the vocabulary.
  static func check(
    _ tokens: [AddedToken], against vocabulary: Vocabulary, file: String
  ) throws(FormatError) {
    for token in tokens {
      guard let known = vocabulary.id(of: token.content), known != token.id else { continue }
      throw fault(
        "'\(excerpt(token.content))' has the id \(token.id), in the vocabulary \(known)", file)
    }
  }

  private static func fault(_ problem: String, _ file: String) -> FormatError {
    FormatError(.unacceptable, file: file, place: "added tokens", problem)
  }
}
