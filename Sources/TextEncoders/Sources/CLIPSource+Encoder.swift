internal import Formats

extension CLIPSource {
  /// The encoder of the tower; `notes` say what was assumed to find it, `places` are the files that
  /// said where it is.
  func encoder(
    _ request: EncoderRequest, notes: [String], files places: [String], threads: Int
  ) throws(TextEncoderError) -> ModelEncoder {
    let loaded = try tokenizer(request)
    let (tower, head, tensors) = try tower(tokenizer: loaded)
    try checkEnd(loaded, head.pooling)
    let limit = SequenceEncoder.limit(loaded.maximumLength ?? .max, of: tower)
    let encoder = try SequenceEncoder.checked(
      loaded, tower: tower, head: head, sequenceLimit: limit, files: files)
    var fingerprint = Fingerprint()
    for part in tensors { try fingerprint.add(part, threads: threads) }
    fingerprint.add("\(tower.shape) \(head.summary) \(limit) \(loaded.contentHash)")
    return ModelEncoder(
      identity: EncoderIdentity(
        spec: request.spec, id: "clip-\(slot.rawValue)-\(fingerprint.digits)",
        dimension: encoder.dimension, kind: .clipTower, defaultTemperature: 0.01, lowScore: nil),
      files: places + files.files.map(\.path) + [config?.path].compactMap(\.self) + loaded.files,
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
    let loaded = try BuiltinTokenizer.clip()
    if let config, let vocabulary = try? TowerShape(clip: config).vocabulary,
      vocabulary < loaded.vocabularySize
    {
      let folders = tokenizers.map { "'\(printable($0))'" }.joined(separator: " and ")
      throw config.fault(
        "the model has \(vocabulary) tokens, so CLIP's own \(loaded.vocabularySize) do not fit, and "
          + "there is no tokenizer in \(folders)",
        hint: "give the folder of the model's own tokenizer with --tokenizer")
    }
    return loaded
  }

  /// Throws unless the tokenizer ends each sequence with the token in whose row the tower sums it.
  private func checkEnd(
    _ loaded: LoadedTokenizer, _ pooling: Pooling
  ) throws(TextEncoderError) {
    guard case .end(let rule) = pooling else { return }
    let end = loaded.tokenizer.frame.closing.first
    let fits: Bool
    switch rule {
    case .first(let id): fits = end == id
    // Only tokens that were added later come behind it.
    case .largestID: fits = end.map { 2 * $0 >= loaded.vocabularySize } ?? false
    }
    guard !fits else { return }
    let source = loaded.files.first.map { "'\(printable($0))'" } ?? "CLIP's own"
    throw TextEncoderError(
      .file(
        FormatError(
          .unacceptable, file: files.path,
          "is a CLIP tower; the tokenizer (\(source)) does not end texts as CLIP's does"
            + (end.map { ", but with token \($0)" } ?? ""),
          remedy: "give the folder of the model's own tokenizer with --tokenizer")))
  }
}

extension SequenceEncoder {
  /// An encoder whose tokenizer fits its tower.
  ///
  /// - Throws: `TextEncoderError` if the tokenizer has more tokens than the tower, or a sequence has
  ///   no room for a token.
  static func checked(
    _ loaded: LoadedTokenizer, tower: TransformerTower, head: EmbeddingHead, sequenceLimit: Int,
    treatment: TextTreatment = TextTreatment(), files: WeightFiles
  ) throws(TextEncoderError) -> SequenceEncoder {
    func fault(_ problem: String, hint: String) -> TextEncoderError {
      TextEncoderError(.file(FormatError(.unacceptable, file: files.path, problem, remedy: hint)))
    }
    // Tables are padded, but not to twice their size.
    guard loaded.vocabularySize <= tower.shape.vocabulary,
      2 * loaded.vocabularySize >= tower.shape.vocabulary
    else {
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
      treatment: treatment)
  }

  /// Attention takes time that grows with the square of a sequence's length, and all else memory
  /// that grows with it; longer texts are embedded in windows.
  private static let longest = 8192

  /// The most tokens in a sequence where a model's files say `told`.
  static func limit(_ told: Int, of tower: TransformerTower) -> Int {
    min(told, tower.longestSequence, longest)
  }
}
