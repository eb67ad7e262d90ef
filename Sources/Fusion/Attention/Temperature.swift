/// What the scores are divided by before the softmax.
package enum Temperature: Sendable, Hashable {
  /// A positive number, in units of the cosine; 1 is the paper's plain form.
  case fixed(Double)
  /// `0.35` standard deviations of the prompt's own scores, whatever band the encoder's
  /// cosines lie in; from four adapters on.
  case auto
}
