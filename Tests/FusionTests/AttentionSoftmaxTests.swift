import Fusion
import Testing

@Suite struct AttentionSoftmaxTests {
  @Test func `temperature 1 is the paper's form`() {
    let softmax = SoftmaxAttention(temperature: .fixed(1), fallback: 0.05)
    let shares = softmax.shares(of: [0.85, 0.75, 0.70])
    #expect(isClose(shares, [0.362, 0.327, 0.311], 5e-4))
    #expect((shares.reduce(0, +) - 1).magnitude < 1e-15)
  }

  @Test(arguments: [0.05, 1, 100])
  func `shares are in the ratio of exponentials`(temperature: Double) {
    let softmax = SoftmaxAttention(temperature: .fixed(temperature), fallback: 1)
    let shares = softmax.shares(of: [0.2, 0.2 + 0.6931471805599453 * temperature])
    #expect(isClose(shares, [1.0 / 3, 2.0 / 3], 1e-12))
  }

  @Test func `extreme temperatures neither overflow nor divide by zero`() {
    let cold = SoftmaxAttention(temperature: .fixed(1e-300), fallback: 1)
    #expect(cold.shares(of: [0.5, 0.9, -1]) == [0, 1, 0])
    let hot = SoftmaxAttention(temperature: .fixed(1e300), fallback: 1)
    #expect(hot.shares(of: [0.5, 0.9, -1, 0]) == [0.25, 0.25, 0.25, 0.25])
    #expect(cold.shares(of: []).isEmpty)
    #expect(cold.shares(of: [0.3]) == [1])
  }

  @Test func `auto does not see shift and scale of the cosines`() {
    let auto = SoftmaxAttention(temperature: .auto, fallback: 0.05)
    let scores = [0.1, 0.2, 0.6, 0.15, 0.3]
    let narrow = scores.map { 0.7 + 0.1 * $0 }
    #expect(isClose(auto.shares(of: scores), auto.shares(of: narrow), 1e-9))
    // mean 0, deviation 1: exp(±1 / 0.35).
    let shares = auto.shares(of: [1, -1, 1, -1])
    let ratio = shares[0] / shares[1]
    #expect((ratio / 303.4 - 1).magnitude < 1e-3)
    #expect((auto.effectiveTemperature(for: [1, -1, 1, -1]) - 0.35).magnitude < 1e-15)
  }

  @Test(arguments: [[0.1, 0.9, 0.3], [0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.50001]])
  func `auto takes the encoder's temperature where it cannot tell`(scores: [Double]) {
    let auto = SoftmaxAttention(temperature: .auto, fallback: 0.07)
    #expect(auto.effectiveTemperature(for: scores) == 0.07)
  }

  @Test func `shares too small for a sum of Float32 are zero`() {
    let softmax = SoftmaxAttention(temperature: .fixed(0.01), fallback: 1)
    // e⁻¹⁶ is 1.9 · 2⁻²⁴, e⁻¹⁷ is 0.7 · 2⁻²⁴.
    let shares = softmax.shares(of: [0.84, 1, 0.83])
    #expect(shares[2] == 0 && shares[0] > 0)
    #expect(isClose(shares, [1.1253516e-7, 0.99999988746, 0], 1e-11))
  }
}
