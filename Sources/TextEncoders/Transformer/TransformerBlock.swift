internal import Workers

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

  /// The number of weights in the block's matrices.
  var size: Int { layers.reduce(0) { $0 + $1.size } }

  private var layers: [Linear] { [expand, contract] + attention.layers }

  /// The same block, with weights that are ready for multiplication.
  func widened(threads: Int) throws -> TransformerBlock {
    let stored = layers
    let layers = try parallelMap(count: stored.count, threads: threads) { try stored[$0].widened() }
    return TransformerBlock(
      attention: attention.replacing(Array(layers.dropFirst(2))), attentionNorm: attentionNorm,
      expand: layers[0], activation: activation, contract: layers[1], outputNorm: outputNorm,
      norms: placement)
  }

  /// Applies the block to `x`, `[tokens, width]`, the tokens of all `sequences` in a row.
  ///
  /// - Throws: `FormatError` when the weights can no longer be read.
  package func apply(
    to x: inout [Float], _ sequences: [Range<Int>], _ workspace: inout Workspace
  ) throws {
    try add(to: &x, attentionNorm, &workspace) { x, workspace in
      try attention.add(to: &x, sequences, &workspace)
    }
    try add(to: &x, outputNorm, &workspace, feedForward)
  }

  private func add(
    to x: inout [Float], _ norm: LayerNorm, _ workspace: inout Workspace,
    _ layer: (inout [Float], inout Workspace) throws -> Void
  ) throws {
    let tokens = x.count / attention.width
    workspace.input.store(x)
    if placement == .before { norm.apply(to: &workspace.input, rows: tokens) }
    try layer(&x, &workspace)
    if placement == .after { norm.apply(to: &x, rows: tokens) }
  }

  private func feedForward(_ x: inout [Float], _ workspace: inout Workspace) throws {
    let tokens = x.count / expand.inputs
    let count = tokens * expand.outputs
    workspace.inner.makeRoom(for: count)
    try expand.apply(
      to: workspace.input, tokens: tokens, into: &workspace.inner, tile: &workspace.tile)
    workspace.inner.withRow(0..<count) { activation.apply(to: &$0) }
    try contract.apply(
      to: workspace.inner, tokens: tokens, into: &x, .isAddedTo, tile: &workspace.tile)
  }
}
