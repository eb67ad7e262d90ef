import Fusion
import Testing
import TextEncoders

/// Routing over twelve trained adapters, with cosines of the builtin encoder's model.
///
/// `Fixtures/shapes-routing.md` says how the data were made.
@Suite struct AttentionShapesTests {
  private let routing: Routing

  init() throws { routing = try Routing.load() }

  @Test func `sparse weights are those of coordinate descent`() throws {
    let attention = SparseAttention(keys: try routing.keys)
    for prompt in routing.prompts {
      let weights = attention.combination(
        for: prompt.scores, among: Array(routing.adapters.indices))
      #expect(isClose(weights, prompt.weights, 1e-6), "\(prompt.prompt)")
    }
  }

  @Test(arguments: [("pair", 36, 36), ("single", 12, 12), ("synonyms", 24, 23)])
  func `the gate opens for the right adapters`(kind: String, count: Int, right: Int) throws {
    let prompts = routing.prompts.filter { $0.kind == kind }
    #expect(prompts.count == count)
    for bonus in [0, 0.15] {
      #expect(try prompts.filter { try opened($0, bonus: bonus) == $0.right }.count == right)
    }
  }

  @Test func `keys are title and description, though there is a trigger phrase`() {
    for adapter in routing.adapters {
      let resolver = KeyResolver(
        path: "no-such-folder/\(adapter.name).safetensors", metadata: adapter.metadata)
      let key = resolver.key()
      #expect(key.texts == [adapter.key])
      #expect(key.source.description == "modelspec.description")
      #expect(key.triggers == [adapter.metadata["modelspec.trigger_phrase"]])
    }
  }

  @Test func `the builtin encoder routes from metadata to weights`() throws {
    let encoder = try BuiltinEncoder()
    let keys = routing.adapters.map {
      KeyResolver(path: "none/\($0.name).safetensors", metadata: $0.metadata).key()
    }
    let cleaned = routing.prompts.map { PromptSyntax.auto.clean($0.prompt).text }
    let spans = cleaned.map { WordSpans.spans(of: $0) }
    let texts = keys.flatMap(\.texts) + cleaned + spans.flatMap(\.self)
    var vectors = try encoder.embed(texts, longText: .chunk, threads: 2).map(\.vector)[...]
    func take(_ count: Int) -> [[Float]] {
      defer { vectors = vectors.dropFirst(count) }
      return Array(vectors.prefix(count))
    }
    let keyVectors = try UnitVectors(meansOf: keys.map { take($0.texts.count) })
    let queries = try UnitVectors(take(cleaned.count))
    let input = AttentionInput(
      prompts: try PromptSet(
        zip(routing.prompts, cleaned).map { .init(text: $0.prompt, embedded: $1) }),
      queries: queries, spans: try spans.map { try UnitVectors(take($0.count)) },
      keys: keyVectors, triggers: keys.map(\.triggers),
      encoder: EncoderTraits(encoder.identity), options: AttentionOptions())
    let names = routing.adapters.map(\.name)
    let result = try FusionMethod.named("attention").weights(
      for: FusionRequest(adapters: names, attention: input, threads: 2))
    var right: [String: Int] = [:]
    for (prompt, found) in zip(routing.prompts, result.prompts) {
      #expect(isClose(found.cosines, prompt.cosines, 1e-4))
      let opened = zip(names, found.weights).filter { $0.1 == 1 }.map(\.0).sorted()
      if opened == prompt.right { right[prompt.kind, default: 0] += 1 }
    }
    #expect(right == ["pair": 36, "single": 12, "synonyms": 23])
  }

  /// Names of adapters whose gate opens, by the whole of attention.
  private func opened(_ prompt: Routing.Prompt, bonus: Double) throws -> [String] {
    var options = AttentionOptions()
    options.triggerBonus = bonus
    let input = AttentionInput(
      prompts: try PromptSet([.init(text: prompt.prompt, embedded: prompt.prompt)]),
      queries: try UnitVectors([routing.vector(withCosines: prompt.cosines)]),
      spans: [try UnitVectors(prompt.spans.map { routing.vector(withCosines: $0) })],
      keys: try routing.keys,
      triggers: routing.adapters.map { [$0.metadata["modelspec.trigger_phrase"] ?? ""] },
      encoder: .sentence, options: options)
    let names = routing.adapters.map(\.name)
    let result = try FusionMethod.named("attention").weights(
      for: FusionRequest(adapters: names, attention: input))
    return zip(names, result.weights).filter { $0.1 == 1 }.map(\.0).sorted()
  }
}
