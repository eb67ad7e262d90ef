import Fusion
import Testing

@Suite struct AttentionMixTests {
  @Test func `gate gives the strength above 0.15 and nothing at or below`() throws {
    let weights = try Mix.gate.weights(of: [0.16, 0.15, 0.69, 0], strength: 0.8, deltas: nil)
    #expect(weights == [0.8, 0, 0.8, 0])
  }

  @Test func `sum multiplies`() throws {
    let weights = try Mix.sum.weights(of: [0.25, 0.75], strength: 2, deltas: nil)
    #expect(weights == [0.5, 1.5])
  }

  @Test func `norm restores the mean norm of orthogonal deltas`() throws {
    let deltas = try DeltaGram(count: 2, products: [9, 0, 0, 16])
    let weights = try Mix.norm.weights(of: [0.5, 0.5], strength: 1.5, deltas: deltas)
    // ‖ΔW‖² = w² (9 + 16) must be (1.5 · 3.5)².
    #expect(isClose(weights, [1.05, 1.05], 1e-12))
  }

  @Test func `norm leaves one adapter and parallel deltas as sum does`() throws {
    let parallel = try DeltaGram(count: 2, products: [4, 6, 6, 9])
    #expect(
      isClose(
        try Mix.norm.weights(of: [0.3, 0.7], strength: 1, deltas: parallel), [0.3, 0.7], 1e-12))
    #expect(
      isClose(
        try Mix.norm.weights(of: [0, 1], strength: 2, deltas: parallel), [0, 2], 1e-12))
  }

  @Test func `norm of zero deltas or zero shares has nothing to restore`() throws {
    let zero = try DeltaGram(count: 2, products: [0, 0, 0, 1])
    #expect(try Mix.norm.weights(of: [1, 0], strength: 1, deltas: zero) == [1, 0])
    #expect(try Mix.norm.weights(of: [0, 0], strength: 1, deltas: zero) == [0, 0])
  }

  @Test func `norm refuses deltas that cancel, and their absence`() throws {
    let opposite = try DeltaGram(count: 2, products: [1, -1, -1, 1])
    let error = #expect(throws: FusionError.self) {
      try Mix.norm.weights(of: [0.5, 0.5], strength: 1, deltas: opposite)
    }
    #expect(error?.kind == .data && error?.message.contains("cancel") == true)
    let missing = #expect(throws: FusionError.self) {
      try Mix.norm.weights(of: [1], strength: 1, deltas: nil)
    }
    #expect(missing?.kind == .usage)
  }

  @Test(arguments: [[Double.nan, 0, 0, 1], [1, .infinity, .infinity, 1], [-1, 0, 0, 1]])
  func `products that no deltas have are refused`(products: [Double]) {
    let error = #expect(throws: FusionError.self) {
      try DeltaGram(count: 2, products: products)
    }
    #expect(error?.kind == .data)
  }
}
