/// Where a block normalises.
package enum NormPlacement: Sendable {
  /// The sum of a layer's input and output (BERT).
  case after
  /// The input of a layer (CLIP).
  case before
}

/// One block of a transformer: attention, then two linear layers on each token, both added to what
/// they are computed from.
package struct TransformerBlock: Sendable {
  private let attention: Attention
  private let attentionNorm: LayerNorm
  private let expand, contract: Linear
  private let activation: Activation
  private let outputNorm: LayerNorm
  private let placement: NormPlacement

  package init(
    attention: Attention, attentionNorm: LayerNorm,
    expand: Linear, activation: Activation, contract: Linear, outputNorm: LayerNorm,
    norms placement: NormPlacement
  ) {
    (self.attention, self.attentionNorm) = (attention, attentionNorm)
    (self.expand, self.activation, self.contract) = (expand, activation, contract)
    (self.outputNorm, self.placement) = (outputNorm, placement)
  }

  /// Applies the block to `x`, `[tokens, width]`, the tokens of all `sequences` in a row.
  ///
  /// `tile` is room for widened weights, kept between calls.
  package func apply(to x: inout [Float], _ sequences: [Range<Int>], tile: inout [Float]) {
    add(to: &x, attentionNorm) { attention($0, sequences, tile: &tile) }
    add(to: &x, outputNorm) { feedForward($0, tile: &tile) }
  }

  private func add(to x: inout [Float], _ norm: LayerNorm, _ layer: ([Float]) -> [Float]) {
    switch placement {
    case .after:
      x.add(layer(x))
      norm.apply(to: &x)
    case .before:
      var input = x
      norm.apply(to: &input)
      x.add(layer(input))
    }
  }

  private func feedForward(_ x: [Float], tile: inout [Float]) -> [Float] {
    let tokens = x.count / expand.inputs
    var inner = [Float](repeating: 0, count: tokens * expand.outputs)
    expand.apply(to: x, tokens: tokens, into: &inner, tile: &tile)
    activation.apply(to: &inner)
    var result = [Float](repeating: 0, count: x.count)
    contract.apply(to: inner, tokens: tokens, into: &result, tile: &tile)
    return result
  }
}

extension [Float] {
  /// Adds `other`, element by element.
  fileprivate mutating func add(_ other: [Float]) {
    let source = other.span
    var target = mutableSpan
    precondition(source.count == target.count)
    for i in 0..<target.count { target[i] += source[i] }
  }
}
