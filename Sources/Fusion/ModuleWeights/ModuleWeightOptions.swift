/// What a user says of weights that differ from module to module.
package struct ModuleWeightOptions: Sendable {
  /// Multiplies the deltas of text encoders.
  package var textEncoderStrength = 1.0
  /// Multiplies the deltas of the model that draws: a UNet or a transformer.
  package var modelStrength = 1.0
  /// A file of factors by module.
  package var blockWeights: String?
  /// A file of weights by module and adapter.
  package var gates: String?

  package init() {}
}
