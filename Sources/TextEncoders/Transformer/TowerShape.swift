/// The extents of a transformer that its tensors have to have, and what tensors do not tell.
package struct TowerShape: Sendable, Hashable {
  /// The number of tokens that have an embedding.
  package var vocabulary: Int
  /// The number of rows in the table of positions.
  package var positions: Int
  /// The elements of a hidden state.
  package var width: Int
  /// The elements between the two linear layers of a block.
  package var inner: Int
  package var layers: Int
  package var heads: Int
  package var activation: Activation
  /// What layer norms add to the variance.
  package var epsilon: Float

  package init(
    vocabulary: Int, positions: Int, width: Int, inner: Int, layers: Int, heads: Int,
    activation: Activation, epsilon: Float
  ) {
    (self.vocabulary, self.positions) = (vocabulary, positions)
    (self.width, self.inner, self.layers, self.heads) = (width, inner, layers, heads)
    (self.activation, self.epsilon) = (activation, epsilon)
  }
}
