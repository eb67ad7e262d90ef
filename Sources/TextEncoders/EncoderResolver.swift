internal import Formats

/// Finds the encoder that a request names.
package enum EncoderResolver {
  /// The encoder of `request`: the builtin one, an existing file, an existing folder, or a model in
  /// the Hugging Face cache, in this order.
  ///
  /// Making it reads the weights once, for the encoder's id, with `threads` threads.
  ///
  /// - Throws: `TextEncoderError`; where nothing is found, with all the places that were tried.
  package static func encoder(
    _ request: EncoderRequest, environment: Environment = .process, threads: Int = 1
  ) throws(TextEncoderError) -> any TextEncoder {
    let spec = request.spec
    if spec == BuiltinEncoder.spec {
      try refuseTower(of: request, "the builtin encoder has one tower")
      guard request.tokenizer == nil else {
        throw TextEncoderError(
          .options(
            problem: "the builtin encoder has its own tokenizer",
            hint: "leave out --tokenizer, or name another encoder with --encoder"))
      }
      return try BuiltinEncoder()
    }
    if Folder.isFile(spec) {
      guard !spec.hasSuffix(".json") else {
        throw TextEncoderError(
          .file(
            FormatError(
              .unacceptable, file: spec, "describes a model, and holds no weights",
              remedy: "give the folder that it is in")))
      }
      let towers = try CheckpointFile(files: try WeightFiles(file: spec)).towers()
      return try encoder(towers, request, threads: threads)
    }
    if Folder.isFolder(spec) {
      return try encoder(ModelFolder(path: spec), request, threads: threads)
    }
    var tried = ["the path '\(printable(spec))'"]
    guard let name = HubName(spec) else {
      throw TextEncoderError(
        .notFound(
          spec: spec, tried: tried,
          hint: "give a safetensors file, a model's folder, ORG/NAME in the Hugging Face cache, or "
            + "'builtin'"))
    }
    switch try HubCache(environment).lookup(name) {
    case .found(let path, let notes, let files):
      let folder = ModelFolder(
        path: path, name: name.name, download: name.download, notes: notes, files: files)
      return try encoder(folder, request, threads: threads)
    case .absent(let places):
      tried += places.map { "'\(printable($0))'" }
      throw TextEncoderError(
        .notFound(
          spec: spec, tried: tried,
          hint: "lorac does not use the network; to get the model, run '\(name.download)'"))
    }
  }

  /// The encoder in a folder of Hugging Face's layout.
  private static func encoder(
    _ folder: ModelFolder, _ request: EncoderRequest, threads: Int
  ) throws(TextEncoderError) -> any TextEncoder {
    if let index = try folder.config(PipelineFolder.indexName) {
      let towers = try PipelineFolder(folder: folder, index: index).towers(for: request.tower)
      return try encoder(
        towers, request, notes: folder.notes, files: folder.files + [index.path], threads: threads)
    }
    let modules = try folder.config(SentenceModules.listName)
    guard let config = try folder.config() else {
      if modules != nil { return try sentenceEncoder(folder, modules, request, threads: threads) }
      throw folder.fault(
        .unreadable,
        "no model: looked for \(PipelineFolder.indexName), "
          + "\(SentenceModules.listName) and config.json",
        hint: folder.download.map { "download it with '\($0)'" })
    }
    switch (modules, try config.modelKind) {
    case (nil, "clip_text_model"), (nil, "clip"):
      let (parent, name) = Folder.split(folder.placedPath)
      let isSecond = name == "text_encoder_2"
      let tokenizer = "\(parent)/\(isSecond ? "tokenizer_2" : "tokenizer")"
      let tower = try CLIPSource(folder: folder, tokenizers: [tokenizer], isSecond: isSecond)
      return try encoder(
        [tower], request, notes: folder.notes, files: folder.files, threads: threads)
    default: return try sentenceEncoder(folder, modules, request, threads: threads)
    }
  }

  private static func sentenceEncoder(
    _ folder: ModelFolder, _ modules: ConfigFile?, _ request: EncoderRequest, threads: Int
  ) throws(TextEncoderError) -> any TextEncoder {
    let source = try SentenceSource(folder, modules: modules)
    try refuseTower(of: request, "\(printable(folder.path)) is no image model and has one tower")
    return try source.encoder(request, threads: threads)
  }

  private static func refuseTower(
    of request: EncoderRequest, _ problem: String
  ) throws(TextEncoderError) {
    guard request.tower == nil else {
      throw TextEncoderError(.options(problem: problem, hint: "leave out --encoder-tower"))
    }
  }

  /// The encoder of the towers that the request chooses.
  private static func encoder(
    _ towers: [CLIPSource], _ request: EncoderRequest, notes: [String] = [],
    files: [String] = [], threads: Int
  ) throws(TextEncoderError) -> any TextEncoder {
    let chosen = try CLIPSource.choice(request.tower, of: towers)
    let encoders = try chosen.map { source throws(TextEncoderError) in
      try source.encoder(request, notes: notes, files: files, threads: threads)
    }
    return encoders.count > 1 ? PairEncoder(encoders[0], encoders[1]) : encoders[0]
  }
}
