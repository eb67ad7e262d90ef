/// How scores become shares.
package enum AttentionKind: String, Sendable, CaseIterable {
  /// A sparse non-negative combination of the keys; several adapters can be asked for.
  case sparse
  /// `softmax(score / T)`, the paper's; selects one adapter rather than several.
  case softmax
}
