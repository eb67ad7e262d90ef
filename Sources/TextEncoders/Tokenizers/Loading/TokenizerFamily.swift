/// Tokenizers that share their rules and the names of their special tokens.
///
/// Source of the names: the classes' defaults in Hugging Face `transformers` 5.23.0.
enum TokenizerFamily: Sendable {
  case clip, roberta, gpt2, bert, mpnet

  /// The classes of `transformers` that read a `vocab.json` and a `merges.txt`.
  static let bytePairClasses: [String: TokenizerFamily] = [
    "CLIPTokenizer": .clip, "RobertaTokenizer": .roberta, "BartTokenizer": .roberta,
    "LongformerTokenizer": .roberta, "GPT2Tokenizer": .gpt2,
  ]

  /// The classes that read a `vocab.txt`.
  static let wordPieceClasses: [String: TokenizerFamily] = [
    "BertTokenizer": .bert, "DistilBertTokenizer": .bert, "ElectraTokenizer": .bert,
    "MobileBertTokenizer": .bert, "MPNetTokenizer": .mpnet,
  ]

  /// What a `vocab.json` is of when no class is named.
  static func likely(_ vocabulary: Vocabulary) -> TokenizerFamily {
    if vocabulary.id(of: "a</w>") != nil { return .clip }
    return vocabulary.id(of: "<s>") != nil ? .roberta : .gpt2
  }

  /// The special tokens by role, unless `tokenizer_config.json` names others.
  var tokens: [(role: String, content: String)] {
    switch self {
    case .clip:
      // The padding token is left out: it is often `!`, which texts have too.
      [
        ("bos_token", "<|startoftext|>"), ("eos_token", "<|endoftext|>"),
        ("unk_token", "<|endoftext|>"),
      ]
    case .gpt2:
      [("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>")]
    case .roberta:
      [
        ("cls_token", "<s>"), ("sep_token", "</s>"), ("unk_token", "<unk>"),
        ("pad_token", "<pad>"), ("mask_token", "<mask>"),
      ]
    case .bert:
      [
        ("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("unk_token", "[UNK]"),
        ("pad_token", "[PAD]"), ("mask_token", "[MASK]"),
      ]
    case .mpnet:
      [
        ("cls_token", "<s>"), ("sep_token", "</s>"), ("unk_token", "[UNK]"),
        ("pad_token", "<pad>"), ("mask_token", "<mask>"),
      ]
    }
  }

  /// The roles of the tokens that frame a sequence.
  var frame: (opening: String, closing: String)? {
    switch self {
    case .clip: ("bos_token", "eos_token")
    case .roberta, .bert, .mpnet: ("cls_token", "sep_token")
    case .gpt2: nil
    }
  }

  /// Whether the mask takes the space before it away, as a word's first token contains it.
  var maskStripsLeft: Bool { self == .roberta || self == .mpnet }
}
