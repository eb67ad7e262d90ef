import Fusion
import Testing

@Suite struct AttentionPromptSetTests {
  @Test func `weights are averaged per prompt, not embeddings`() throws {
    var scene = Scene(keys(2), [query([0.9, 0.1]), query([0.1, 0.9])])
    scene.promptWeights = [3, 1]
    scene.options = AttentionOptions(kind: .softmax, temperature: .fixed(0.1), mix: .sum)
    let result = try scene.weights()
    let share = 0.9996646498695336  // 1 / (1 + exp(-8))
    let expected = 0.75 * share + 0.25 * (1 - share)
    #expect(isClose(result.weights, [expected, 1 - expected], 1e-6))
    #expect(isClose(result.prompts[1].shares, [1 - share, share], 1e-6))
    #expect(result.prompts.map(\.prompt.weight) == [3, 1])
  }

  @Test func `gates are averaged too`() throws {
    var scene = Scene(keys(2), [query([0.9, 0]), query([0, 0.9])])
    scene.options = AttentionOptions(kind: .sparse, mix: .gate)
    scene.strength = 2
    #expect(try scene.weights().weights == [1, 1])
  }

  @Test func `huge and zero prompt weights stay finite`() throws {
    var scene = Scene(keys(2), [query([0.9, 0]), query([0, 0.9]), query([0, 0.9])])
    scene.promptWeights = [1e308, 1e308, 0]
    scene.options = AttentionOptions(kind: .sparse, mix: .gate)
    #expect(try scene.weights().weights == [0.5, 0.5])
  }

  @Test(arguments: [[], [0, 0], [1, -1], [.nan], [.infinity, 1]] as [[Double]])
  func `weights that mean nothing are refused`(weights: [Double]) {
    let error = #expect(throws: FusionError.self) {
      try PromptSet(weights.map { .init(text: "a", embedded: "a", weight: $0) })
    }
    #expect(error?.kind == .usage)
  }

  @Test func `a prompt counts 1 by itself`() {
    #expect(PromptSet.Prompt(text: "a", embedded: "a").weight == 1)
  }
}
