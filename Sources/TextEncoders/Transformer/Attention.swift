internal import LinearAlgebra

/// Which tokens a token sees.
package enum AttentionMask: Sendable {
  /// All of its sequence.
  case none
  /// Itself and those before it.
  case causal
}

/// Multi-head self-attention inside each sequence of a batch.
///
/// Source: Vaswani et al., *Attention Is All You Need* (2017), arXiv:1706.03762, section 3.2.
package struct Attention: Sendable {
  private let query, key, value, output: Linear
  private let heads: Int
  private let mask: AttentionMask

  /// - Precondition: all layers are square and `heads` divides their width.
  package init(
    query: Linear, key: Linear, value: Linear, output: Linear, heads: Int, mask: AttentionMask
  ) {
    precondition(query.outputs % heads == 0)
    (self.query, self.key, self.value, self.output) = (query, key, value, output)
    (self.heads, self.mask) = (heads, mask)
  }

  var width: Int { query.outputs }

  /// The layers, in the order in which ``replacing(_:)`` takes them.
  var layers: [Linear] { [query, key, value, output] }

  /// The same attention with other layers of the same extents.
  func replacing(_ layers: [Linear]) -> Attention {
    Attention(
      query: layers[0], key: layers[1], value: layers[2], output: layers[3], heads: heads,
      mask: mask)
  }

  /// Adds the attention's output for the workspace's input to `x`, `[tokens, width]`, where each of
  /// `sequences` is a range of tokens.
  func add(
    to x: inout [Float], _ sequences: [Range<Int>], _ workspace: inout Workspace
  ) throws {
    let tokens = x.count / width
    workspace.projected.makeRoom(for: tokens * 3 * width)
    for (part, layer) in [query, key, value].enumerated() {
      try layer.apply(
        to: workspace.input, tokens: tokens, into: &workspace.projected, column: part * width,
        stride: 3 * width, tile: &workspace.tile)
    }
    workspace.context.makeRoom(for: tokens * width)
    let longest = sequences.reduce(0) { max($0, $1.count) }
    workspace.scores.makeRoom(for: Self.rows(of: longest) * longest)
    for sequence in sequences {
      for head in 0..<heads {
        attend(
          head, in: sequence, of: workspace.projected, scores: &workspace.scores,
          into: &workspace.context)
      }
    }
    try output.apply(
      to: workspace.context, tokens: tokens, into: &x, .isAddedTo, tile: &workspace.tile)
  }

  /// The most scores that are computed at a time, unless a single row has more.
  private static let scoreLimit = 1 << 20

  /// How many rows of scores of a sequence of `count` tokens are computed at a time, so that memory
  /// grows with the length of a sequence, not with its square.
  private static func rows(of count: Int) -> Int {
    max(1, min(count, scoreLimit / max(1, count)))
  }

  /// softmax(q kᵀ / √size) v of one head in one sequence; `projected` holds q, k and v side by side.
  private func attend(
    _ head: Int, in sequence: Range<Int>, of projected: [Float],
    scores: inout [Float], into context: inout [Float]
  ) {
    let (size, count) = (width / heads, sequence.count)
    func layout(
      _ part: Int, from token: Int, _ orientation: Orientation = .asStored
    ) -> OperandLayout {
      OperandLayout(
        offset: (token * 3 + part) * width + head * size, stride: 3 * width, orientation)
    }
    let table = OperandLayout(stride: count)
    for first in stride(from: 0, to: count, by: Self.rows(of: count)) {
      let (rows, token) = (min(Self.rows(of: count), count - first), sequence.lowerBound + first)
      BLAS.gemm(
        m: rows, n: count, k: size, alpha: 1 / Float(size).squareRoot(), a: projected,
        layout(0, from: token), b: projected, layout(1, from: sequence.lowerBound, .transposed),
        c: &scores, table)
      for row in 0..<rows {
        let seen = mask == .causal ? first + row + 1 : count
        scores.withRow(row * count..<row * count + seen) { $0.softmax() }
        for hidden in row * count + seen..<(row + 1) * count { scores[hidden] = 0 }
      }
      BLAS.gemm(
        m: rows, n: size, k: count, a: scores, table, b: projected,
        layout(2, from: sequence.lowerBound), c: &context,
        OperandLayout(offset: token * width + head * size, stride: width))
    }
  }
}

extension MutableSpan<Float> {
  /// Turns the elements into positive shares that sum to 1.
  fileprivate mutating func softmax() {
    var largest = -Float.infinity
    for i in indices { largest = Swift.max(largest, self[i]) }
    for i in indices { self[i] = VectorMath.exp(self[i] - largest) }
    let scale = 1 / sum { $0 }
    for i in indices { self[i] *= scale }
  }
}
