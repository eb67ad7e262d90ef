import Fusion
import Testing

/// Attention over libraries of thousands.
@Suite struct AttentionScaleTests {
  /// 5,000 adapters and 100 prompts, each near one key.
  @Test func fiveThousandAdaptersTimesAHundredPrompts() throws {
    var numbers = SeededNumbers(state: 7)
    let rows = numbers.clusteredRows(5000, 384, clusters: 300)
    let keys = try UnitVectors(rows)
    let prompts = (0..<100).map { index in
      zip(rows[index * 37], numbers.rows(1, 384)[0]).map { $0 + 0.3 * $1 }
    }
    let input = AttentionInput(
      prompts: try PromptSet((0..<100).map { .init(text: "\($0)", embedded: "\($0)") }),
      queries: try UnitVectors(prompts), spans: try prompts.map { try UnitVectors([$0]) },
      keys: keys, triggers: [[String]](repeating: [], count: 5000), encoder: .sentence,
      options: AttentionOptions(kind: .sparse))
    let names = (0..<5000).map { "adapter \($0)" }
    let method = try FusionMethod.named("attention")
    var weights: FusionWeights?
    let time = try ContinuousClock().measure {
      weights = try method.weights(
        for: FusionRequest(adapters: names, attention: input, threads: 2))
    }
    #expect(time < .seconds(15))
    let found = try #require(weights).prompts.enumerated().count { index, prompt in
      prompt.shares.indices.max { prompt.shares[$0] < prompt.shares[$1] } == index * 37
    }
    #expect(found >= 95)
  }
}
