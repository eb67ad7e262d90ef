/// What turns the hidden states of sequences into unit vectors: pooling, then some layers.
package struct EmbeddingHead: Sendable {
  package enum Step: Sendable {
    case dense(Linear, Activation)
    /// Scales each vector to length 1.
    case normalize
  }

  package let pooling: Pooling
  private let steps: [Step]

  /// - Precondition: each dense layer takes vectors of the length that it is given.
  package init(pooling: Pooling, steps: [Step] = []) {
    (self.pooling, self.steps) = (pooling, steps)
  }

  /// What tells the head from others, but for the weights of dense layers.
  var summary: String {
    let names = steps.map { step in
      switch step {
      case .dense(_, let activation): "dense \(activation)"
      case .normalize: "normalize"
      }
    }
    return "\(pooling) \(names)"
  }

  /// The length of a vector, for hidden states of `width` elements.
  func dimension(width: Int) -> Int {
    for case .dense(let layer, _) in steps.reversed() { return layer.outputs }
    return pooling.dimension(width: width)
  }

  /// The vectors of `sequences` before they are scaled to length 1 at the end.
  package func vectors(of hidden: [[Float]], _ sequences: [[Int]]) throws -> [[Float]] {
    var vectors = zip(hidden, sequences).map { pooling.vector(of: $0, ids: $1) }
    var tile: [Float] = []
    for step in steps {
      switch step {
      case .normalize: vectors = vectors.map(UnitVector.scaling)
      case .dense(let layer, let activation):
        var outputs = [Float](repeating: 0, count: vectors.count * layer.outputs)
        try layer.apply(
          to: Array(vectors.joined()), tokens: vectors.count, into: &outputs, tile: &tile)
        outputs.withRow(0..<outputs.count) { activation.apply(to: &$0) }
        vectors = stride(from: 0, to: outputs.count, by: layer.outputs).map {
          Array(outputs[$0..<$0 + layer.outputs])
        }
      }
    }
    return vectors
  }
}
