internal import Formats

extension CLIPSource {
  /// The encoder of the tower; `notes` say what was assumed to find it.
  func encoder(
    _ request: EncoderRequest, notes: [String], threads: Int
  ) throws(TextEncoderError) -> ModelEncoder {
    let loaded = try tokenizer(request)
    let (tower, head, tensors) = try tower(tokenizer: loaded)
    let limit = min(tower.longestSequence, loaded.maximumLength ?? .max)
    let encoder = try SequenceEncoder.checked(
      loaded, tower: tower, head: head, sequenceLimit: limit, files: files)
    var fingerprint = Fingerprint()
    for part in tensors { try fingerprint.add(part, threads: threads) }
    fingerprint.add("\(tower.shape) \(head.summary) \(limit) \(loaded.contentHash)")
    return ModelEncoder(
      identity: EncoderIdentity(
        spec: request.spec, id: "clip-\(slot.rawValue)-\(fingerprint.digits)",
        dimension: encoder.dimension, kind: .clipTower, defaultTemperature: 0.01, lowScore: nil),
      files: files.files.map(\.path) + [config?.path].compactMap(\.self) + loaded.files,
      notes: notes + (hasTokenizer(request) ? [] : [Self.tokenizerNote]), encoder: encoder)
  }

  private static let tokenizerNote =
    "no tokenizer beside the weights; CLIP's own vocabulary is used"

  /// Whether a tokenizer was given, or is where the model's folder should have it.
  private func hasTokenizer(_ request: EncoderRequest) -> Bool {
    config == nil || request.tokenizer != nil
      || tokenizers.contains(where: TokenizerFolder.isTokenizerFolder)
  }

  /// The tokenizer that the user gives, else the model's own, else that of all CLIP models.
  private func tokenizer(_ request: EncoderRequest) throws(TextEncoderError) -> LoadedTokenizer {
    if let folder = request.tokenizer { return try TokenizerFolder.load(folder) }
    if let own = tokenizers.first(where: TokenizerFolder.isTokenizerFolder) {
      return try TokenizerFolder.load(own)
    }
    return try BuiltinTokenizer.clip()
  }
}

extension SequenceEncoder {
  /// An encoder whose tokenizer fits its tower.
  ///
  /// - Throws: `TextEncoderError` if the tokenizer has more tokens than the tower, or a sequence has
  ///   no room for a token.
  static func checked(
    _ loaded: LoadedTokenizer, tower: TransformerTower, head: EmbeddingHead, sequenceLimit: Int,
    prefix: String = "", files: WeightFiles
  ) throws(TextEncoderError) -> SequenceEncoder {
    func fault(_ problem: String, hint: String) -> TextEncoderError {
      TextEncoderError(.file(FormatError(.unacceptable, file: files.path, problem, remedy: hint)))
    }
    guard loaded.vocabularySize <= tower.shape.vocabulary else {
      let source = loaded.files.first.map { "'\(printable($0))'" } ?? "CLIP's own"
      throw fault(
        "has embeddings of \(tower.shape.vocabulary) tokens, the tokenizer (\(source)) "
          + "\(loaded.vocabularySize) tokens",
        hint: "give the folder of the model's own tokenizer with --tokenizer")
    }
    let frame = loaded.tokenizer.frame
    guard sequenceLimit > frame.opening.count + frame.closing.count else {
      throw fault(
        "sequences of \(sequenceLimit) tokens have no room for text",
        hint: "give the folder of the model's own tokenizer with --tokenizer")
    }
    return SequenceEncoder(
      tokenizer: loaded.tokenizer, tower: tower, head: head, sequenceLimit: sequenceLimit,
      prefix: prefix)
  }
}
