/// The prompts that a fusion is to serve, each with its weight.
///
/// Attention looks at each prompt alone, and the resulting adapter weights are averaged. (The
/// mean of the prompts' embeddings may be near none of them.)
package struct PromptSet: Sendable, Equatable {
  /// A prompt as it was typed and as the encoder sees it.
  package struct Prompt: Sendable, Equatable {
    package let text: String
    /// `text` without web-UI syntax; what was embedded.
    package let embedded: String
    /// How much the prompt counts, relative to the others.
    package let weight: Double

    package init(text: String, embedded: String, weight: Double = 1) {
      (self.text, self.embedded, self.weight) = (text, embedded, weight)
    }
  }

  package let prompts: [Prompt]

  /// - Throws: `FusionError` when there is no prompt, or the weights are negative, not finite
  ///   or all zero.
  package init(_ prompts: [Prompt]) throws(FusionError) {
    guard !prompts.isEmpty else {
      throw FusionError(.usage, "attention needs a prompt", hint: "give --prompt or --prompts")
    }
    for prompt in prompts where !(prompt.weight.isFinite && prompt.weight >= 0) {
      throw FusionError(
        .usage, "prompt '\(prompt.text)': weight \(prompt.weight) is not a number from 0 up")
    }
    guard prompts.contains(where: { $0.weight > 0 }) else {
      throw FusionError(.usage, "the weights of the prompts are all 0")
    }
    self.prompts = prompts
  }

  /// The average of one vector per prompt, `[p][n]`, by the prompts' weights.
  package func average(_ vectors: [[Double]]) -> [Double] {
    precondition(vectors.count == prompts.count, "one vector per prompt")
    // Divided by the largest first, so that their sum is finite.
    let largest = prompts.map(\.weight).max() ?? 1
    let parts = prompts.map { $0.weight / largest }
    let total = parts.reduce(0, +)
    var average = [Double](repeating: 0, count: vectors.first?.count ?? 0)
    for (part, vector) in zip(parts, vectors) {
      for index in average.indices { average[index] += part / total * vector[index] }
    }
    return average
  }
}
