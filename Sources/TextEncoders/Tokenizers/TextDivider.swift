/// The first two stages of a tokenizer: added tokens are cut out, what is between them normalised.
///
/// Source: `AddedVocabulary.extract_and_normalize` of `tokenizers` 0.23.3.
struct TextDivider: Sendable {
  private let raw: AddedTokens
  private let normalized: AddedTokens
  private let normalizer: Normalizer

  init(_ tokens: [AddedToken], _ normalizer: Normalizer) {
    self.normalizer = normalizer
    raw = AddedTokens(tokens.filter { !$0.traits.contains(.normalized) })
    normalized = AddedTokens(
      tokens.filter { $0.traits.contains(.normalized) }.map { token in
        var token = token
        token.content = normalizer.apply(to: token.content)
        return token
      })
  }

  /// `text` as ids of added tokens and normalised texts.
  func parts(of text: String) -> [AddedTokens.Part] {
    raw.parts(of: text).flatMap { part -> [AddedTokens.Part] in
      guard case .text(let text) = part else { return [part] }
      return normalized.parts(of: normalizer.apply(to: text))
    }
  }
}
