internal import Formats

/// The special tokens of a tokenizer whose files do not list them in one place.
struct SpecialTokens {
  /// All tokens that are looked for in texts.
  private(set) var all: [AddedToken]
  private var roles: [String: (content: String, id: Int?)] = [:]
  private let family: TokenizerFamily
  private let file: String

  /// Finds the ids of `family`'s tokens in the configuration and the vocabulary, which errors call
  /// `file`.
  init(
    _ family: TokenizerFamily, _ config: TokenizerConfig, _ vocabulary: Vocabulary, file: String
  ) throws(FormatError) {
    (self.family, self.file) = (family, file)
    all = config.addedTokens
    try AddedToken.check(all, against: vocabulary, file: file)
    for (role, standard) in family.tokens {
      var (content, traits) = try config.token(role) ?? (standard, [])
      let listed = all.first { $0.content.utf8.elementsEqual(content.utf8) }
      let id = listed?.id ?? vocabulary.id(of: content)
      roles[role] = (content, id)
      guard listed == nil, let id else { continue }
      if role == "mask_token", family.maskStripsLeft { traits.insert(.stripsLeft) }
      all.append(AddedToken(content: content, id: id, traits: traits))
    }
  }

  /// The id of the token that has `role`, which must have one.
  func required(_ role: String) throws(FormatError) -> Int {
    let token = roles[role]
    guard let id = token?.id else {
      throw FormatError(
        .unacceptable, file: file, "has no token '\(excerpt(token?.content ?? ""))', the \(role)")
    }
    return id
  }

  var frame: SequenceFrame {
    get throws(FormatError) {
      guard let (opening, closing) = family.frame else {
        return SequenceFrame(opening: [], closing: [])
      }
      return SequenceFrame(
        opening: [try required(opening)], closing: [try required(closing)])
    }
  }
}
