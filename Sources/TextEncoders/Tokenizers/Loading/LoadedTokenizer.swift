/// A tokenizer as its files describe it.
package struct LoadedTokenizer: Sendable {
  package let tokenizer: any Tokenizer
  /// The highest id + 1, with added tokens.
  package let vocabularySize: Int
  /// The id of the token that ends a sequence, if there is one.
  package let endOfText: Int?
  /// The most tokens in a sequence, with those that frame it, where the files limit it.
  package let maximumLength: Int?
  /// All files that were read.
  package let files: [String]
  /// SHA-256 in hexadecimal of the files' names and contents: equal hashes, equal ids.
  package let contentHash: String
}
