import Fusion
import Testing

@Suite struct AttentionMethodsTests {
  private func weights(
    _ method: String, _ given: [Double?], strength: Double = 1
  ) throws
    -> FusionWeights
  {
    try FusionMethod.named(method).weights(
      for: FusionRequest(
        adapters: given.indices.map { "a\($0)" }, givenWeights: given, strength: strength))
  }

  @Test func `the table names each method once, with summary and source`() throws {
    let names = FusionMethod.all.map(\.name)
    #expect(names == ["attention", "linear", "nla"])
    #expect(FusionMethod.all.allSatisfy { !$0.summary.isEmpty && !$0.source.isEmpty })
    #expect(FusionMethod.all.filter(\.needsPrompts).map(\.name) == ["attention"])
    for name in names { #expect(try FusionMethod.named(name).name == name) }
    let error = #expect(throws: FusionError.self) { try FusionMethod.named("ties") }
    #expect(error?.hint == "methods are: attention, linear, nla")
  }

  @Test func `linear takes weights as they are, and 1 for the others`() throws {
    let result = try weights("linear", [0.5, nil, -2], strength: 2)
    #expect(result.weights == [1, 2, -4])
    #expect(result.attention == nil && result.mix == nil && result.prompts.isEmpty)
    #expect(result.method == "linear" && result.strength == 2)
  }

  @Test func `nla scales to sum 1, equally by default`() throws {
    #expect(try weights("nla", [nil, nil, nil, nil]).weights == [0.25, 0.25, 0.25, 0.25])
    #expect(try weights("nla", [3, 1], strength: 2).weights == [1.5, 0.5])
    #expect(try weights("nla", [nil, 3]).weights == [0.25, 0.75])
  }

  @Test(arguments: [[0, 0], [1, -1], [0.1, 0.2, -0.3]] as [[Double?]])
  func `nla refuses weights that sum to 0`(given: [Double?]) {
    let error = #expect(throws: FusionError.self) { try weights("nla", given) }
    #expect(error?.kind == .usage && error?.hint?.contains("linear") == true)
  }

  @Test func `linear weights of 0 warn`() throws {
    #expect(try weights("linear", [0, 0]).warnings == [.allWeightsZero])
  }

  @Test(arguments: ["attention", "linear", "nla"])
  func `no adapter and numbers that are none are refused`(method: String) {
    #expect(throws: FusionError.self) { try weights(method, []) }
    #expect(throws: FusionError.self) { try weights(method, [.nan]) }
    #expect(throws: FusionError.self) { try weights(method, [1], strength: .infinity) }
  }

  @Test func `attention without a prompt is refused`() {
    let error = #expect(throws: FusionError.self) { try weights("attention", [nil]) }
    #expect(error?.message.contains("needs a prompt") == true)
  }
}
