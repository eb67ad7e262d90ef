import Fusion
import Testing

@Suite struct AttentionPipelineTests {
  @Test func `the encoder decides what is not asked for`() throws {
    var scene = Scene(keys(3), [query([0.8, 0.3, 0.1])])
    scene.encoder = .sentence
    var result = try scene.weights()
    #expect(result.attention == .sparse && result.mix == .gate && result.temperature == nil)
    #expect(result.weights == [1, 0, 0])
    scene.encoder = .clip
    result = try scene.weights()
    #expect(result.attention == .softmax && result.mix == .sum && result.temperature == 0.01)
    #expect(result.method == "attention" && result.strength == 1)
  }

  @Test func `sparse scores are the mean of cosine and best span`() throws {
    let prompts = try PromptSet([.init(text: "x", embedded: "x")])
    let input = AttentionInput(
      prompts: prompts, queries: try UnitVectors([query([0.6, 0.2])]),
      spans: [try UnitVectors([query([0.9, 0]), query([0, 0.4]), query([0.1, 0.2])])],
      keys: try UnitVectors(keys(2)), triggers: [[], []], encoder: .sentence,
      options: AttentionOptions())
    let result = try FusionMethod.named("attention").weights(
      for: FusionRequest(adapters: ["a", "b"], attention: input))
    #expect(isClose(result.prompts[0].cosines, [0.6, 0.2]))
    #expect(isClose(result.prompts[0].scores, [0.75, 0.3]))
    #expect(isClose(result.prompts[0].shares, [0.5 / 0.55, 0.05 / 0.55]))
  }

  @Test func `many spans are searched in groups and singly alike`() throws {
    var numbers = SeededNumbers(state: 5)
    let (rows, spans) = (numbers.rows(7, 30), numbers.rows(11, 30))
    let (unitRows, unitSpans) = (ProjectedGradient(rows).keys, ProjectedGradient(spans).keys)
    let input = AttentionInput(
      prompts: try PromptSet([.init(text: "x", embedded: "x")]),
      queries: try UnitVectors([rows[0]]), spans: [try UnitVectors(spans)],
      keys: try UnitVectors(rows), triggers: rows.map { _ in [] }, encoder: .sentence,
      options: AttentionOptions())
    let result = try FusionMethod.named("attention").weights(
      for: FusionRequest(adapters: rows.indices.map(String.init), attention: input))
    let expected = zip(unitRows, result.prompts[0].cosines).map { key, cosine in
      let best = unitSpans.map { zip($0, key).reduce(0) { $0 + $1.0 * $1.1 } }.max() ?? 0
      return 0.5 * cosine + 0.5 * best
    }
    #expect(isClose(result.prompts[0].scores, expected, 1e-6))
  }

  @Test func `minimum score, then attention, then top-k, then scale`() throws {
    var scene = Scene(keys(4), [query([0.6, 0.5, 0.4, 0.2])])
    scene.options = AttentionOptions(
      kind: .softmax, temperature: .fixed(0.1), mix: .sum, topK: 2, minimumScore: 0.3)
    let result = try scene.weights()
    let first = 1 / (1 + 0.36787944117144233)
    #expect(isClose(result.prompts[0].shares, [first, 1 - first, 0, 0]))
    #expect(isClose(result.prompts[0].cosines, [0.6, 0.5, 0.4, 0.2]))
  }

  @Test func `top-k of equal shares keeps the earlier adapters`() throws {
    var scene = Scene(keys(3), [query([0.5, 0.5, 0.5])])
    scene.options = AttentionOptions(kind: .softmax, mix: .sum, topK: 2)
    #expect(try scene.weights().weights == [0.5, 0.5, 0])
    scene.options.topK = 7
    #expect(isClose(try scene.weights().weights, [1, 1, 1].map { $0 / 3 }, 1e-12))
  }

  @Test func `an adapter of fixed weight leaves the attention to the others`() throws {
    var scene = Scene(keys(3), [query([0.7, 0.5, 0.3])])
    scene.options = AttentionOptions(kind: .softmax, temperature: .fixed(0.2), mix: .sum)
    scene.given = [0.25, nil, nil]
    scene.strength = 2
    let result = try scene.weights()
    let first = 1 / (1 + 0.36787944117144233)
    #expect(isClose(result.prompts[0].shares, [0, first, 1 - first]))
    #expect(isClose(result.weights, [0.5, 2 * first, 2 * (1 - first)]))
    scene.given = [0.25, 0, -1]
    #expect(try scene.weights().weights == [0.5, 0, -2])
  }

  @Test func `auto reports a temperature per prompt`() throws {
    var scene = Scene(keys(4), [query([0.6, 0.5, 0.4, 0.2]), query([0.1, 0.9, 0, 0])])
    scene.options = AttentionOptions(kind: .softmax, temperature: .auto)
    let result = try scene.weights()
    #expect(result.temperature == nil)
    #expect((try #require(result.prompts[0].temperature) - 0.35 * 0.14790199).magnitude < 1e-6)
  }

  @Test func `the effective number of adapters is exp of the entropy`() throws {
    var scene = Scene(keys(4), [query([0.5, 0.5, 0.5, 0.5])])
    scene.options = AttentionOptions(kind: .softmax, mix: .sum)
    #expect((try scene.weights().effectiveAdapters - 4).magnitude < 1e-12)
    scene.given = [-3, 0, 3, 0]
    #expect((try scene.weights().effectiveAdapters - 2).magnitude < 1e-12)
    scene.given = [0, 0, 0, 0]
    #expect(try scene.weights().effectiveAdapters == 0)
  }

  @Test(arguments: [AttentionKind.sparse, .softmax])
  func `the number of threads changes no bit`(kind: AttentionKind) throws {
    var numbers = SeededNumbers(state: 77)
    var scene = Scene(numbers.clusteredRows(300, 40, clusters: 12), numbers.rows(12, 40))
    scene.options = AttentionOptions(kind: kind, mix: .sum)
    let one = try scene.weights()
    scene.threads = 5
    #expect(try scene.weights() == one)
  }

  @Test func `several key texts make the mean direction`() throws {
    let keys = try UnitVectors(meansOf: [[[2, 0], [0, 5]], [[0, 3]]])
    #expect(keys == (try UnitVectors([[1, 1], [0, 1]])))
  }

  @Test(arguments: [[[1, 2], [1]], [[.nan, 1]], [[.infinity, 1]]] as [[[Float]]])
  func `vectors that are none are refused`(rows: [[Float]]) {
    let error = #expect(throws: FusionError.self) { try UnitVectors(rows) }
    #expect(error?.kind == .data)
  }

  @Test func `prompts and keys of different encoders are refused`() {
    let scene = Scene(basis(3), [[1, 0]])
    let error = #expect(throws: FusionError.self) { try scene.weights() }
    #expect(error?.message.contains("2 components and keys 3") == true)
  }

  @Test(arguments: [
    AttentionOptions(temperature: .fixed(0)), AttentionOptions(temperature: .fixed(.nan)),
    AttentionOptions(temperature: .fixed(-1)), AttentionOptions(topK: 0),
    AttentionOptions(minimumScore: .nan),
  ])
  func `options that mean nothing are refused`(options: AttentionOptions) {
    var scene = Scene(keys(2), [query([0.5, 0.1])])
    scene.options = options
    let error = #expect(throws: FusionError.self) { try scene.weights() }
    #expect(error?.kind == .usage)
  }
}
