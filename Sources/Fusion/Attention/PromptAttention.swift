/// Attends prompt by prompt.
///
/// The order of steps: scores; `--min-score` says who is eligible; attention among the eligible;
/// top-k; shares scaled to sum to 1; the mix turns them into weights.
struct PromptAttention: Sendable {
  private let input: AttentionInput
  private let adapters: [String]
  /// Fixed weights, `nil` for those who attend.
  private let given: [Double?]
  private let strength: Double
  private let kind: AttentionKind
  private let mix: Mix
  private let triggers: [TriggerWords]
  private let softmax: SoftmaxAttention
  private let sparse: SparseAttention?

  init(_ input: AttentionInput, adapters: [String], given: [Double?], strength: Double) {
    (self.input, self.adapters) = (input, adapters)
    (self.given, self.strength) = (given, strength)
    kind = input.options.kind(for: input.encoder)
    mix = input.options.mix(for: input.encoder)
    triggers = input.triggers.map(TriggerWords.init)
    softmax = SoftmaxAttention(
      temperature: input.options.temperature(for: input.encoder),
      fallback: input.encoder.temperature)
    sparse = kind == .sparse ? SparseAttention(keys: input.keys) : nil
  }

  /// The weights that one prompt asks for, and what is to be said about them.
  func weights(
    ofPromptAt index: Int
  ) throws(FusionError) -> (weights: PromptWeights, warnings: [FusionWarning]) {
    let prompt = input.prompts.prompts[index]
    let scores = AttentionScores(promptAt: index, of: input, triggers: triggers)
    let attending = adapters.indices.filter { given[$0] == nil }
    let least = input.options.minimumScore ?? -.infinity
    let eligible = attending.filter { scores.matches[$0] >= least }
    let attended = attend(scores.scores, among: eligible)
    let shares = TopShares.kept(input.options.topK ?? adapters.count, of: attended.shares)
    var weights = try mix.weights(of: shares, strength: strength, deltas: input.deltas)
    for (adapter, fixed) in given.enumerated() {
      if let fixed { weights[adapter] = fixed * strength }
    }
    var warnings = AttentionReview(
      prompt: prompt.text, adapters: adapters, attending: attending, eligible: eligible
    ).warnings(
      matches: scores.matches, attended: attended.shares, temperature: attended.temperature,
      shares: shares, mix: mix, input: input)
    if attended.fellBack { warnings.append(.sparseFellBack(prompt: prompt.text)) }
    return (
      PromptWeights(
        prompt: prompt, cosines: scores.cosines, scores: scores.scores, shares: shares,
        weights: weights, temperature: attended.temperature,
        triggers: found(in: scores)),
      warnings
    )
  }

  private typealias Attended = (shares: [Double], temperature: Double?, fellBack: Bool)

  private func attend(_ scores: [Double], among eligible: [Int]) -> Attended {
    guard !eligible.isEmpty else {
      return ([Double](repeating: 0, count: adapters.count), nil, false)
    }
    if let shares = sparse?.shares(of: scores, among: eligible) { return (shares, nil, false) }
    let competing = eligible.map { scores[$0] }
    var shares = [Double](repeating: 0, count: adapters.count)
    for (adapter, share) in zip(eligible, softmax.shares(of: competing)) {
      shares[adapter] = share
    }
    return (shares, softmax.effectiveTemperature(for: competing), sparse != nil)
  }

  private func found(in scores: AttentionScores) -> [PromptWeights.Trigger] {
    adapters.indices.compactMap { index in
      scores.triggered[index].map { .init(adapter: adapters[index], word: $0) }
    }
  }
}
