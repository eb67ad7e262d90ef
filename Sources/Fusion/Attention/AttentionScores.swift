/// How well each adapter answers one prompt.
package struct AttentionScores: Sendable, Equatable {
  /// `cos(q, kᵢ)`, `[n]`.
  package let cosines: [Double]
  /// What attention works on: for softmax the cosine, for sparse `½ cos(q, kᵢ) + ½ max over
  /// spans u of cos(e(u), kᵢ)`, and for both the bonus of a trigger word.
  package let scores: [Double]
  /// The cosine with the bonus: what `--min-score` and the warning of a poor match compare.
  package let matches: [Double]
  /// The trigger word found in the prompt, for each adapter that has one there.
  package let triggered: [Int: String]

  /// The scores of prompt `index`; `triggers` has the trigger words of each adapter, `[n]`.
  init(promptAt index: Int, of input: AttentionInput, triggers: [TriggerWords]) {
    let prompt = ComparableText(input.prompts.prompts[index].embedded)
    var triggered: [Int: String] = [:]
    for (adapter, words) in triggers.enumerated() {
      triggered[adapter] = words.first(in: prompt)
    }
    func adding(_ values: [Double]) -> [Double] {
      values.enumerated().map {
        triggered[$0.offset] == nil ? $0.element : $0.element + input.options.triggerBonus
      }
    }
    cosines = input.keys.cosines(with: input.queries, at: index)
    matches = adding(cosines)
    self.triggered = triggered
    switch input.options.kind(for: input.encoder) {
    case .softmax: scores = matches
    case .sparse:
      let spans = input.spans[index]
      let best = spans.count > 0 ? input.keys.maximumCosines(with: spans) : cosines
      scores = adding(zip(cosines, best).map { 0.5 * $0 + 0.5 * $1 })
    }
  }
}
