internal import Formats

/// Tokenizers whose vocabularies are part of the executable.
package enum BuiltinTokenizer {
  /// The tokenizer of OpenAI's and OpenCLIP's text encoders, as `transformers` runs it: that of Stable
  /// Diffusion 1 to 3, SDXL and Flux, whose checkpoints carry no vocabulary.
  ///
  /// Its tables are built when it is asked for.
  package static func clip() throws(TextEncoderError) -> LoadedTokenizer {
    let data = ClipVocabularyData.merges
    do {
      let merges = try MergeList(lines: data, file: name)
      let parts = try TokenizerParts(clip: merges, file: name)
      return LoadedTokenizer(
        tokenizer: parts.tokenizer, vocabularySize: parts.vocabulary.highestId + 1,
        endOfText: parts.frame.closing.last, maximumLength: 77, files: [],
        contentHash: ContentHash.sha256(of: data))
    } catch {
      throw TextEncoderError(.file(error))
    }
  }

  private static let name = "builtin CLIP vocabulary"
}

extension TokenizerParts {
  /// CLIP's tokenizer from nothing but its merges.
  ///
  /// Source: `SimpleTokenizer` of OpenAI's CLIP (2021) for the order of the ids.
  fileprivate init(clip merges: MergeList, file: String) throws(FormatError) {
    let table = TokenTable(clip: merges)
    vocabulary = try Vocabulary(table, file: file, repetition: .refused)
    let (start, end) = (table.entries.count - 2, table.entries.count - 1)
    let spelling = BytePairs.Spelling(wordEnd: "</w>", unknown: end)
    model = .bytePairs(
      try BytePairs(vocabulary, merges, spelling, file: file), .clip(literals: true))
    normalizer = .clip
    addedTokens = [
      AddedToken(content: "<|startoftext|>", id: start),
      AddedToken(content: "<|endoftext|>", id: end),
    ]
    frame = SequenceFrame(opening: [start], closing: [end])
  }
}

extension TokenTable {
  /// All bytes, all bytes that end a word, what the merges make, and the two special tokens.
  fileprivate init(clip merges: MergeList) {
    self.init()
    for end in ["", "</w>"] {
      for byte in ByteAlphabet.clipOrder {
        append(ByteAlphabet.characters[Int(byte)] + Array(end.utf8))
      }
    }
    for merge in merges.entries { append(merges.bytes[merge.merged]) }
    for token in ["<|startoftext|>", "<|endoftext|>"] { append(Array(token.utf8)) }
  }

  private mutating func append(_ token: some Collection<UInt8>) {
    append(id: entries.count) { $0.append(contentsOf: token) }
  }
}
