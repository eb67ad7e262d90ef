internal import Formats

/// A CLIP text tower that was found, and is not read yet.
struct CLIPSource {
  /// Whose names a file uses.
  enum Layout: Sendable {
    case transformers, openCLIP
  }

  let slot: TowerSlot
  let layout: Layout
  let files: WeightFiles
  /// What stands before the tower's names.
  let prefix: String
  /// The model's configuration; nil for a single file, whose tensors have to tell.
  var config: ConfigFile?
  /// Folders where the model's tokenizer may be.
  var tokenizers: [String] = []

  /// What stands before the name of the projection, which is not part of the tower's own names.
  private var root: String {
    let inner = "text_model."
    return prefix.hasSuffix(inner) ? String(prefix.dropLast(inner.count)) : prefix
  }

  private var projectionName: String {
    layout == .transformers ? "text_projection.weight" : "text_projection"
  }

  var hasProjection: Bool { files.contains(root + projectionName) }

  /// The tower, its projection if it has one, and the tensors that they use.
  func tower(
    tokenizer: LoadedTokenizer
  ) throws(TextEncoderError) -> (TransformerTower, EmbeddingHead, tensors: [FileTensors]) {
    let tensors = FileTensors(files, prefix: prefix, authority: config?.path)
    let shape = try shape(of: tensors)
    let tower =
      switch layout {
      case .transformers: try TransformerTower(clip: shape, from: tensors)
      case .openCLIP: try TransformerTower(openCLIP: shape, from: tensors)
      }
    let pooling = Pooling.end(try endRule(tokenizer))
    guard hasProjection else { return (tower, EmbeddingHead(pooling: pooling), [tensors]) }
    let rest = FileTensors(files, prefix: root)
    let extents = try rest.shape(of: projectionName, rank: 2)
    let projection: Linear
    switch layout {
    case .transformers:
      projection = Linear(
        weight: try rest.matrix(projectionName, rows: extents[0], columns: shape.width))
    case .openCLIP:
      projection = Linear(
        inputMajor: try rest.matrix(projectionName, rows: shape.width, columns: extents[1]))
    }
    let head = EmbeddingHead(pooling: pooling, steps: [.dense(projection, .identity)])
    return (tower, head, [tensors, rest])
  }

  private func shape(of tensors: FileTensors) throws(TextEncoderError) -> TowerShape {
    let names =
      layout == .transformers
      ? (words: "embeddings.token_embedding.weight", layers: "encoder.layers.")
      : (words: "token_embedding.weight", layers: "transformer.resblocks.")
    let layers = files.count(ofNumbersAfter: prefix + names.layers)
    if let config {
      let shape = try TowerShape(clip: config)
      guard layers <= shape.layers else {
        throw config.fault(
          "says that there are \(shape.layers) layers, \(printable(files.path)) has \(layers)")
      }
      return shape
    }
    let words = try tensors.shape(of: names.words, rank: 2)
    let isCLIP = layout == .transformers
    let positions = isCLIP ? "embeddings.position_embedding.weight" : "positional_embedding"
    let expand = names.layers + (isCLIP ? "0.mlp.fc1.weight" : "0.mlp.c_fc.weight")
    // The number of heads is in no tensor; in all towers that single files hold, a head has 64.
    let headSize = 64
    guard words[1] % headSize == 0 else {
      throw TextEncoderError(
        .file(
          FormatError(
            .unacceptable, file: files.path, place: "tensor '\(printable(prefix + names.words))'",
            "rows of \(words[1]) are no multiple of \(headSize), the size of a CLIP tower's heads",
            remedy: "give the model's folder, whose config.json tells the number of heads")))
    }
    return TowerShape(
      vocabulary: words[0], positions: try tensors.shape(of: positions, rank: 2)[0],
      width: words[1], inner: try tensors.shape(of: expand, rank: 2)[0], layers: layers,
      heads: words[1] / headSize, activation: slot.activation, epsilon: 1e-5)
  }

  /// Which token holds the text: that with the largest id in old configurations, which all give 2
  /// as the end's id, and in single files; else the first one that the configuration names.
  private func endRule(_ tokenizer: LoadedTokenizer) throws(TextEncoderError) -> EndRule {
    guard let config else { return .largestID }
    let settings = CLIPSettings(config)
    let id = try settings.text.token("eos_token_id") ?? 49407
    guard id != 2 else { return .largestID }
    guard tokenizer.endOfText == id else {
      let end = tokenizer.endOfText.map { "ends texts with \($0)" } ?? "has no token for that"
      throw config.fault(
        "'eos_token_id', the token that ends a text, is \(id), the tokenizer \(end)",
        hint: "give the folder of the model's own tokenizer with --tokenizer")
    }
    return .first(id)
  }
}
