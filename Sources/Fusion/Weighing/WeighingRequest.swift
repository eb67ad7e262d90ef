package import TextEncoders

/// What a user says of how adapters are to be weighed.
package struct WeighingRequest: Sendable {
  /// A prompt as typed, and how much it counts.
  package struct Prompt: Sendable, Hashable {
    package let text: String
    package let weight: Double

    package init(text: String, weight: Double = 1) {
      (self.text, self.weight) = (text, weight)
    }
  }

  package var method = FusionMethod.all[0].name
  package var prompts: [Prompt] = []
  /// Key texts, each behind the adapter's name or path and `=`.
  package var keys: [String] = []
  /// Fixed weights, by the adapter's name or path.
  package var weights: [(adapter: String, weight: Double)] = []
  package var encoder = EncoderRequest()
  /// A folder that keeps the vectors of key texts between runs.
  package var cache: String?
  package var attention = AttentionOptions()
  package var strength = 1.0
  package var modules = ModuleWeightOptions()
  package var promptSyntax = PromptSyntax.auto
  package var longText = LongText.chunk

  package init() {}
}
