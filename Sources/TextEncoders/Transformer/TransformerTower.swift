internal import Synchronization
internal import Workers

/// A transformer encoder up to its last hidden state.
///
/// Layers are computed one after the other, each for all sequences, so that the weights of only one
/// are widened at a time.
package struct TransformerTower: Sendable {
  package let shape: TowerShape
  let embedding: TokenEmbedding
  let blocks: [TransformerBlock]
  let finalNorm: LayerNorm?

  /// The longest sequence that has positions.
  package var longestSequence: Int { embedding.rule.capacity(of: shape.positions) }

  /// A layer of more weights than this fits no cache when widened.
  ///
  /// It is widened by all threads at once; so are smaller ones if several batches share the work.
  private static let cachedWeights = 4 << 20

  /// The last hidden state of each of `sequences` of ids, `[length, width]`.
  ///
  /// Besides the weights of a layer it takes memory for three rows per token, and for a batch
  /// of 320 tokens per thread. The result does not depend on `threads`.
  ///
  /// - Precondition: ids are below the vocabulary's size, no sequence is empty or longer than
  ///   ``longestSequence``.
  /// - Throws: `FormatError` when the weights can no longer be read.
  package func hiddenStates(of sequences: [[Int]], threads: Int) throws -> [[Float]] {
    let batches = TokenBatch.batches(
      of: sequences.map(\.count), rows: try embedding.rows(of: sequences), width: shape.width)
    let workspaces = Mutex<[Workspace]>([])
    for block in blocks {
      let sharesWeights = batches.count > 1 || block.size > Self.cachedWeights
      let block = sharesWeights ? try block.widened(threads: threads) : block
      try parallelForEach(count: batches.count, threads: threads) { index in
        var workspace = workspaces.withLock { $0.popLast() } ?? Workspace()
        try batches[index].update { try block.apply(to: &$0, batches[index].sequences, &workspace) }
        workspaces.withLock { $0.append(workspace) }
      }
    }
    for batch in batches {
      batch.update { finalNorm?.apply(to: &$0, rows: $0.count / shape.width) }
    }
    return batches.flatMap { $0.states(width: shape.width) }
  }
}
