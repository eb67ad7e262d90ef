internal import Formats
package import TextEncoders

/// Adapters with their weights, and all that led to them.
package struct WeighedLibrary: Sendable {
  package let library: AdapterLibrary
  package let weights: FusionWeights
  /// The weights module by module.
  package let moduleWeights: ModuleWeights
  /// One per adapter; empty where the method reads no prompts.
  package let keys: [AdapterKey]
  package let encoder: EncoderIdentity?
  /// The files that the encoder was read from.
  package let encoderFiles: [String]
  /// What was done to prompts and found on the way, in sentences.
  package let notes: [String]

  /// Weighs the adapters of `library` as `request` asks.
  ///
  /// - Throws: `FusionError` for a request that cannot be met, and errors of the encoder.
  package init(
    _ library: AdapterLibrary, _ request: WeighingRequest, sharing inputs: SharedInputs? = nil,
    threads: Int
  ) throws {
    let inputs = inputs ?? SharedInputs()
    let method = try FusionMethod.named(request.method)
    self.library = library
    let files = try ModuleWeights.Files(request.modules, library: library)
    let strengths = library.members.map(\.strength)
    func inModules(_ weights: FusionWeights) throws -> ModuleWeights {
      try ModuleWeights(
        weights.weights, strength: request.strength, request.modules, files, library: library)
    }
    var given = [Double?](repeating: nil, count: library.members.count)
    for (name, weight) in request.weights {
      let index = try library.index(of: name)
      guard given[index] == nil else {
        throw FusionError(.usage, "two weights are given for '\(printable(name))'")
      }
      given[index] = weight
    }
    guard method.needsPrompts else {
      guard request.prompts.isEmpty else {
        throw FusionError(
          .usage, "the method '\(method.name)' reads no prompts",
          hint: "leave out --prompt, or use --method attention")
      }
      (keys, encoder, encoderFiles) = ([], nil, [])
      weights = try method.weights(
        for: FusionRequest(
          adapters: library.names, givenWeights: given, strength: request.strength,
          threads: threads)
      ).multiplied(by: strengths)
      moduleWeights = try inModules(weights)
      notes = library.readingNotes + moduleWeights.notes
      return
    }
    let texts = try PromptTexts(library, request, sharing: inputs)
    let cache = try request.cache.map { path throws(TextEncoderError) in
      try EmbeddingCache(path: path)
    }
    let encoder = try inputs.encoder(request.encoder, threads: threads)
    let embedding = PromptEmbedding(encoder, cache, request, threads: threads)
    let input = try embedding.input(texts, library)
    weights = try method.weights(
      for: FusionRequest(
        adapters: library.names, givenWeights: given, strength: request.strength,
        attention: input, threads: threads)
    ).multiplied(by: strengths)
    moduleWeights = try inModules(weights)
    (keys, self.encoder, encoderFiles) = (texts.keys, encoder.identity, encoder.files)
    notes =
      texts.notes + encoder.notes + embedding.notes + library.readingNotes + moduleWeights.notes
  }
}

extension WeighedLibrary {
  /// The files beside the adapters that keys are looked for in, whether they are there or not.
  package var sidecars: [String] {
    keys.isEmpty ? [] : library.members.flatMap { SidecarFile.paths(beside: $0.file.path) }
  }

  /// Embeds the texts of many requests together, so that each of them then finds its vectors.
  ///
  /// Requests with a fault are left out; weighing them tells what is wrong.
  ///
  /// - Throws: errors of the encoder while embedding.
  package static func prepare(
    _ requests: [(library: AdapterLibrary, request: WeighingRequest)],
    sharing inputs: SharedInputs, threads: Int
  ) throws {
    struct Reading: Hashable {
      let encoder: EncoderRequest
      let longText: LongText
    }
    var texts: [Reading: [String]] = [:]
    for (library, request) in requests {
      guard (try? FusionMethod.named(request.method))?.needsPrompts == true,
        let prompts = try? PromptTexts(library, request, sharing: inputs),
        let encoder = try? inputs.encoder(request.encoder, threads: threads)
      else { continue }
      texts[Reading(encoder: request.encoder, longText: request.longText), default: []] +=
        PromptEmbedding(encoder, nil, request, threads: threads).texts(of: prompts)
    }
    for (reading, texts) in texts {
      _ = try inputs.encoder(reading.encoder, threads: threads)
        .embed(texts, longText: reading.longText, threads: threads)
    }
  }
}
