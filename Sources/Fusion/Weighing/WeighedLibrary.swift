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
  package init(_ library: AdapterLibrary, _ request: WeighingRequest, threads: Int) throws {
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
    let texts = try PromptTexts(library, request)
    let cache = try request.cache.map { path throws(TextEncoderError) in
      try EmbeddingCache(path: path)
    }
    let encoder = try EncoderResolver.encoder(request.encoder, threads: threads)
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
