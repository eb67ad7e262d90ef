/// What one prompt makes of the adapters; arrays have one element per adapter.
package struct PromptWeights: Sendable, Equatable {
  /// A trigger word of an adapter that the prompt contains.
  package struct Trigger: Sendable, Equatable {
    package let adapter: String
    package let word: String
  }

  package let prompt: PromptSet.Prompt
  /// `cos(q, kᵢ)`; the document `lorac.weights/1` calls them scores.
  package let cosines: [Double]
  /// What attention worked on: cosines, or their mean with the best span's, and the bonus of
  /// a trigger word.
  package let scores: [Double]
  /// Non-negative; they sum to 1, or are all 0.
  ///
  /// Adapters of fixed weight have none.
  package let shares: [Double]
  /// With the strength in them.
  package let weights: [Double]
  /// Of the softmax, in units of the cosine; `nil` where shares are not a softmax's.
  package let temperature: Double?
  /// In the order of the adapters.
  package let triggers: [Trigger]

  /// The same with weights times `strengths`, one per adapter.
  func multiplied(by strengths: [Double]) -> PromptWeights {
    PromptWeights(
      prompt: prompt, cosines: cosines, scores: scores, shares: shares,
      weights: zip(weights, strengths).map(*), temperature: temperature, triggers: triggers)
  }
}
