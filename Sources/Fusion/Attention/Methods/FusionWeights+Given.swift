extension FusionWeights {
  /// Weights that no prompt has a part in: one per adapter, before the strength.
  init(given weights: [Double], by method: String, for request: FusionRequest) {
    let scaled = weights.map { $0 * request.strength }
    self.init(
      adapters: request.adapters, method: method, attention: nil, temperature: nil, mix: nil,
      strength: request.strength, prompts: [], weights: scaled,
      warnings: scaled.allSatisfy { $0 == 0 } ? [.allWeightsZero] : [])
  }
}
