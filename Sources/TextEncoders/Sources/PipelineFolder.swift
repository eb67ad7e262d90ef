internal import Formats

/// The folder of an image model as diffusers saves it: parts in folders, and a list of them.
struct PipelineFolder {
  static let indexName = "model_index.json"

  let folder: ModelFolder
  let index: ConfigFile

  private static let parts: [(encoder: String, tokenizer: String)] = [
    ("text_encoder", "tokenizer"), ("text_encoder_2", "tokenizer_2"),
    ("text_encoder_3", "tokenizer_3"), ("text_encoder_4", "tokenizer_4"),
  ]

  /// The CLIP towers among the model's text encoders, at least one.
  ///
  /// Where one is asked for, a fault of another does not matter.
  func towers(for choice: TowerChoice?) throws(TextEncoderError) -> [CLIPSource] {
    var towers: [CLIPSource] = []
    var others: [String] = []
    var fault: TextEncoderError?
    for part in Self.parts {
      guard let kind = index[part.encoder]?.elements?.last?.stringValue else { continue }
      guard kind.hasPrefix("CLIP") else {
        others.append("\(part.encoder) (\(printable(kind)))")
        continue
      }
      do {
        towers.append(try tower(part, promisesProjection: kind.hasSuffix("WithProjection")))
      } catch {
        fault = fault ?? error
      }
    }
    if let fault, !towers.contains(where: { choice?.rawValue == $0.slot.rawValue }) { throw fault }
    guard towers.isEmpty else { return towers }
    let found = others.isEmpty ? "none" : others.joined(separator: ", ")
    throw index.fault(
      "no text encoder: looked for CLIP towers, found \(found)",
      hint: "give a file or folder with a CLIP tower, or use '--encoder builtin'")
  }

  private func tower(
    _ part: (encoder: String, tokenizer: String), promisesProjection: Bool
  ) throws(TextEncoderError) -> CLIPSource {
    let subfolder = folder.subfolder(part.encoder)
    guard Folder.isFolder(subfolder.path) else {
      throw folder.fault(
        .unreadable, file: subfolder.path, "is missing, though \(Self.indexName) lists it",
        hint: folder.download.map { "download it with '\($0)'" })
    }
    let tower = try CLIPSource(
      folder: subfolder, tokenizers: [folder.path(part.tokenizer)],
      isSecond: part.encoder != Self.parts[0].encoder)
    guard tower.hasProjection || !promisesProjection else { throw tower.lacksProjection(index) }
    return tower
  }
}

extension CLIPSource {
  private static let prefixes = ["text_model.", "", "clip.text_model."]

  /// The tower in a folder with a `config.json`.
  ///
  /// - Parameters:
  ///   - folder: Where the configuration and the weights are.
  ///   - tokenizers: Other folders where the tokenizer may be.
  ///   - isSecond: Whether the tower is the second of an image model.
  /// - Throws: `TextEncoderError` for what is missing, or not a CLIP text model.
  init(
    folder: ModelFolder, tokenizers: [String], isSecond: Bool
  ) throws(TextEncoderError) {
    guard let config = try folder.config() else {
      throw folder.fault(
        .unreadable, file: folder.path("config.json"), "is missing",
        hint: folder.download.map { "download it with '\($0)'" })
    }
    try config.checkStorage()
    let files = try folder.weights()
    let words = "embeddings.token_embedding.weight"
    guard let prefix = Self.prefixes.first(where: { files.contains($0 + words) }) else {
      throw TextEncoderError(
        .file(
          FormatError(
            .unacceptable, file: files.path,
            "is no CLIP text tower: none of its tensors is called "
              + Self.prefixes.map { "'\($0)\(words)'" }.joined(separator: ", "))))
    }
    let width = try TowerShape(clip: config).width
    self.init(
      slot: isSecond ? .g : TowerSlot(width: width), layout: .transformers, files: files,
      prefix: prefix, config: config, tokenizers: [folder.path] + tokenizers)
    let classes = config["architectures"]?.elements?.compactMap(\.stringValue) ?? []
    let promising = ["CLIPTextModelWithProjection", "CLIPModel"]
    guard hasProjection || !classes.contains(where: promising.contains) else {
      throw lacksProjection(config)
    }
  }

  /// `config` promises a projection that the weights don't have.
  fileprivate func lacksProjection(_ config: ConfigFile) -> TextEncoderError {
    config.fault(
      "names a text model with a projection, \(printable(files.path)) has no "
        + "'text_projection.weight'")
  }
}

extension ConfigFile {
  /// Throws if the weights are said to be stored in a way that lorac does not read.
  func checkStorage() throws(TextEncoderError) {
    guard let settings = nested("quantization_config") else { return }
    let method = try settings.string("quant_method") ?? "an unnamed method"
    throw fault(
      "the weights are quantised by \(printable(method)) ('quantization_config')",
      hint: "use the model's F32, F16 or BF16 weights")
  }
}
