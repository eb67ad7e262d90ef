import Fusion
import Testing

@Suite struct AttentionWarningTests {
  private func warnings(
    _ cosines: [Double], _ options: AttentionOptions, poorCosine: Double? = nil
  ) throws -> [FusionWarning] {
    var scene = Scene(keys(cosines.count), [query(cosines)])
    scene.options = options
    scene.encoder = EncoderTraits(temperature: 0.05, poorCosine: poorCosine, attention: .sparse)
    return try scene.weights().warnings
  }

  @Test func `a clear choice needs no warning`() throws {
    #expect(try warnings([0.8, 0.1], AttentionOptions(), poorCosine: 0.25).isEmpty)
  }

  @Test func `no adapter fits`() throws {
    let found = try warnings([0.2, 0.01], AttentionOptions(kind: .softmax), poorCosine: 0.25)
    let warning = try #require(found.first)
    #expect(found.count == 1)
    #expect(
      warning.description
        == "prompt 'p0': no adapter fits; the best, 'a0', has cosine 0.2, "
        + "and a fitting one has 0.25 or more")
  }

  @Test func `nearly uniform shares`() throws {
    let options = AttentionOptions(kind: .softmax, temperature: .fixed(1))
    let found = try warnings([0.5, 0.45, 0.4], options)
    #expect(
      found.map(\.description) == [
        "prompt 'p0': the shares of 3 adapters are nearly uniform; their cosines lie between 0.4 "
          + "and 0.5, a narrow band for temperature 1.0; a smaller one, or 'auto', tells them apart"
      ])
    #expect(try warnings([0.5], options).isEmpty)
    // Top-k does not make a choice of what attention left open.
    var limited = options
    limited.topK = 1
    #expect(try warnings([0.5, 0.45, 0.4], limited).count == 1)
  }

  @Test func `sparse falls back to softmax at the encoder's temperature`() throws {
    var scene = Scene(keys(2), [query([0.2, 0.1])])
    scene.options = AttentionOptions(kind: .sparse, mix: .sum)
    let result = try scene.weights()
    #expect(result.warnings == [.sparseFellBack(prompt: "p0")])
    #expect(isClose(result.weights, [0.880797, 0.119203]))
    #expect(result.prompts[0].temperature == 0.05)
  }

  @Test(arguments: [(0.33, true), (0.28, false), (0.55, false)])
  func `a share near the gate`(cosine: Double, isNear: Bool) throws {
    // Beside a weight of 0.45, 0.08 is a share of 0.151, 0.03 of 0.06, 0.3 of 0.4.
    let found = try warnings([0.7, cosine], AttentionOptions(kind: .sparse, mix: .gate))
    #expect(found.contains { if case .nearGate = $0 { true } else { false } } == isNear)
    let summed = try warnings([0.7, cosine], AttentionOptions(kind: .sparse, mix: .sum))
    #expect(!summed.contains { if case .nearGate = $0 { true } else { false } })
  }

  @Test func `nobody reaches the minimum score`() throws {
    let options = AttentionOptions(kind: .sparse, minimumScore: 0.9)
    #expect(
      try warnings([0.7, 0.2], options)
        == [.noneEligible(prompt: "p0", minimumScore: 0.9), .allWeightsZero])
  }

  @Test func `a gate that nobody passes leaves zero weights`() throws {
    let options = AttentionOptions(kind: .softmax, temperature: .fixed(1), mix: .gate)
    let found = try warnings(Array(repeating: 0.3, count: 9), options)
    #expect(found.count == 2 && found.last == .allWeightsZero)
    guard case .nearlyUniform("p0", 9, let band, 1)? = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(isClose([band.lowerBound, band.upperBound], [0.3, 0.3]))
  }

  @Test(arguments: [
    FusionWarning.nearlyUniform(prompt: "x", count: 2, band: 0.7...0.71, temperature: 0.05),
    .nearlyUniform(prompt: "x", count: 2, band: 0.7...0.71, temperature: nil),
    .sparseFellBack(prompt: "x"),
    .nearGate(prompt: "x", adapter: "a", share: 0.14159), .allWeightsZero,
    .noneEligible(prompt: "x", minimumScore: 0.5),
  ])
  func `every warning is one line`(warning: FusionWarning) {
    #expect(!warning.description.isEmpty && !warning.description.contains("\n"))
  }
}
