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
  /// What was done to prompts and found on the way, in sentences.
  package let notes: [String]

  /// Weighs the adapters of `library` as `request` asks.
  ///
  /// - Throws: `FusionError` for a request that cannot be met, and errors of the encoder.
  package init(_ library: AdapterLibrary, _ request: WeighingRequest, threads: Int) throws {
    let method = try FusionMethod.named(request.method)
    self.library = library
    let files = try ModuleWeights.Files(request.modules, library: library)
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
      (keys, encoder) = ([], nil)
      weights = try method.weights(
        for: FusionRequest(
          adapters: library.names, givenWeights: given, strength: request.strength,
          threads: threads))
      moduleWeights = try inModules(weights)
      notes = library.readingNotes + moduleWeights.notes
      return
    }
    let texts = try PromptTexts(library, request)
    let encoder = try EncoderResolver.encoder(
      EncoderRequest(spec: request.encoder), threads: threads)
    let input = try texts.embedded(by: encoder, library, request, threads: threads)
    weights = try method.weights(
      for: FusionRequest(
        adapters: library.names, givenWeights: given, strength: request.strength,
        attention: input, threads: threads))
    moduleWeights = try inModules(weights)
    (keys, self.encoder) = (texts.keys, encoder.identity)
    notes = texts.notes + library.readingNotes + moduleWeights.notes
  }
}

extension AdapterLibrary {
  /// Says when options for the scales of some modules found none.
  fileprivate var readingNotes: [String] {
    guard reading != AdapterReading(), members.allSatisfy({ $0.file.rescaledCount == 0 }) else {
      return []
    }
    return ["no module has a scale that --fix-split-alpha or --lokr-scale changes"]
  }
}

/// The texts of a request: prompts cleaned, keys found.
private struct PromptTexts {
  let prompts: PromptSet
  let keys: [AdapterKey]
  private(set) var notes: [String] = []

  init(_ library: AdapterLibrary, _ request: WeighingRequest) throws {
    var explicit: [Int: [String]] = [:]
    for key in request.keys {
      let (index, text) = try library.divided(key)
      explicit[index, default: []].append(text)
    }
    keys = library.members.enumerated().map { index, member in
      KeyResolver(path: member.file.path, metadata: member.file.metadata)
        .key(explicit: explicit[index] ?? [])
    }
    notes = keys.flatMap(\.notes)
    let triggers = Set(keys.flatMap(\.triggers))
    var cleaned: [PromptSet.Prompt] = []
    for prompt in request.prompts {
      guard prompt.text.contains(where: { !$0.isWhitespace }) else {
        throw FusionError(.usage, "a prompt is empty")
      }
      let result = request.promptSyntax.clean(prompt.text, triggerWords: triggers)
      notes += result.notes.map { "prompt '\(printable(prompt.text))': \($0)" }
      cleaned.append(.init(text: prompt.text, embedded: result.text, weight: prompt.weight))
    }
    prompts = try PromptSet(cleaned)
  }

  /// The vectors of prompts, keys and, for sparse attention, spans, all from one call.
  func embedded(
    by encoder: any TextEncoder, _ library: AdapterLibrary, _ request: WeighingRequest,
    threads: Int
  ) throws -> AttentionInput {
    let traits = EncoderTraits(encoder.identity)
    let isSparse = request.attention.kind(for: traits) == .sparse
    var options = request.attention
    // The paper's formula as it stands knows no trigger words.
    if !isSparse, options.temperature == .fixed(1) { options.triggerBonus = 0 }
    let queries = prompts.prompts.map(\.embedded)
    let spans = isSparse ? queries.map(WordSpans.spans(of:)) : []
    let texts = queries + keys.flatMap(\.texts) + spans.flatMap(\.self)
    var vectors = try encoder.embed(texts, longText: request.longText, threads: threads)
      .map(\.vector)[...]
    func next(_ count: Int) -> [[Float]] {
      defer { vectors = vectors.dropFirst(count) }
      return Array(vectors.prefix(count))
    }
    let queryVectors = try UnitVectors(next(queries.count))
    let keyVectors = try UnitVectors(meansOf: keys.map { next($0.texts.count) })
    let spanVectors = try spans.map { try UnitVectors(next($0.count)) }
    let needsNorms = request.attention.mix(for: traits) == .norm
    return AttentionInput(
      prompts: prompts, queries: queryVectors, spans: spanVectors, keys: keyVectors,
      triggers: keys.map(\.triggers), encoder: traits, options: options,
      deltas: needsNorms ? try DeltaGram(of: library, threads: threads) : nil)
  }
}
