internal import Formats

/// A folder with a BERT or RoBERTa that gives vectors of sentences.
struct SentenceSource {
  let folder: ModelFolder
  let modules: SentenceModules
  private let config: ConfigFile
  private let notes: [String]

  /// A model in `folder` with the modules of `list`; without one, a transformer alone.
  init(_ folder: ModelFolder, modules list: ConfigFile?) throws(TextEncoderError) {
    self.folder = folder
    var notes = folder.notes
    if let list {
      modules = try SentenceModules(folder, list)
    } else {
      modules = SentenceModules(transformer: folder)
      notes.append(
        "\(folder.path) has no \(SentenceModules.listName): the vector of a text is the mean over "
          + "its tokens")
    }
    self.notes = notes
    guard let config = try modules.transformer.config() else {
      throw folder.fault(
        .unreadable, file: modules.transformer.path("config.json"), "is missing")
    }
    self.config = config
  }

  /// The kinds of transformers that lorac runs besides CLIP.
  static let kinds = ["bert", "roberta"]

  func encoder(
    _ request: EncoderRequest, threads: Int
  ) throws(TextEncoderError) -> ModelEncoder {
    let kind = try config.modelKind
    guard Self.kinds.contains(kind) else { throw config.unknownKind(kind) }
    try config.checkStorage()
    let weights = try modules.transformer.weights()
    let (tower, tensors) = try tower(kind, weights)
    let loaded = try TokenizerFolder.load(request.tokenizer ?? modules.transformer.path)
    let head = EmbeddingHead(pooling: modules.pooling, steps: modules.steps)
    let settings = try modules.transformer.config("sentence_bert_config.json")
    let standard = loaded.maximumLength ?? tower.longestSequence
    let limit = SequenceEncoder.limit(
      try settings?.count("max_seq_length", default: standard) ?? standard, of: tower)
    let (prefix, promptFiles) = try modules.prompt(of: folder)
    let isLowercased = try settings?.bool("do_lower_case") ?? false
    let encoder = try SequenceEncoder.checked(
      loaded, tower: tower, head: head, sequenceLimit: limit,
      treatment: TextTreatment(prefix: prefix, isLowercased: isLowercased), files: weights)
    var fingerprint = Fingerprint()
    for part in [tensors] + modules.tensors { try fingerprint.add(part, threads: threads) }
    let rule = tower.embedding.rule
    fingerprint.add(
      "\(tower.shape) \(rule) \(head.summary) \(limit) \(loaded.contentHash) "
        + "\(isLowercased ? "lowercased " : "")\(prefix)")
    return ModelEncoder(
      identity: EncoderIdentity(
        spec: request.spec, id: "\(folder.name)-\(fingerprint.digits)",
        dimension: encoder.dimension, kind: .sentenceEncoder, defaultTemperature: 0.05,
        lowScore: nil),
      files: folder.files + weights.files.map(\.path) + [config.path] + modules.files
        + [settings?.path].compactMap(\.self) + promptFiles + loaded.files,
      notes: notes, encoder: encoder)
  }

  private func tower(
    _ kind: String, _ weights: WeightFiles
  ) throws(TextEncoderError) -> (TransformerTower, FileTensors) {
    let words = "embeddings.word_embeddings.weight"
    let prefixes = ["", "\(kind)."]
    guard let prefix = prefixes.first(where: { weights.contains($0 + words) }) else {
      throw TextEncoderError(
        .file(
          FormatError(
            .unacceptable, file: weights.path,
            "is no \(kind) model: it has neither '\(words)' nor '\(kind).\(words)'")))
    }
    let shape = try TowerShape(bert: config)
    let layers = weights.count(ofNumbersAfter: prefix + "encoder.layer.")
    guard layers <= shape.layers else {
      throw config.fault(
        "says that there are \(shape.layers) layers, \(printable(weights.path)) has \(layers)")
    }
    let embedding = try config.string("position_embedding_type") ?? "absolute"
    guard embedding == "absolute" else {
      throw config.fault(
        "'position_embedding_type' is '\(printable(embedding))', which lorac does not compute")
    }
    let isRoBERTa = kind == "roberta"
    let variant = TransformerTower.BERTVariant(
      tokenTypes: try config.count("type_vocab_size", default: 2),
      padding: isRoBERTa ? try config.token("pad_token_id") ?? 1 : nil)
    let tensors = FileTensors(weights, prefix: prefix, authority: config.path)
    return (try TransformerTower(bert: shape, variant, from: tensors), tensors)
  }
}

extension ConfigFile {
  /// The kind of model, as `transformers` calls it.
  var modelKind: String {
    get throws(TextEncoderError) {
      guard let kind = try string("model_type") else {
        throw fault("has no 'model_type'; lorac runs clip_text_model, clip, bert and roberta")
      }
      return kind
    }
  }

  func unknownKind(_ kind: String) -> TextEncoderError {
    fault(
      "'model_type' is '\(printable(kind))'; lorac runs clip_text_model, clip, bert and roberta",
      hint: "give another text encoder, or use '--encoder builtin'")
  }
}
