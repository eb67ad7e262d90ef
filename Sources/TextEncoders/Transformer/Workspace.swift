/// Room for what a block computes on the way, kept between blocks, so that memory is asked for once.
///
/// Arrays only grow; what lies behind the part in use is left over from before.
package struct Workspace: Sendable {
  /// What a layer computes from, `[tokens, width]`.
  var input: [Float] = []
  /// Queries, keys and values side by side, `[tokens, 3 width]`.
  var projected: [Float] = []
  /// What attention gathered, `[tokens, width]`.
  var context: [Float] = []
  /// The shares of one head, `[length, length]`.
  var scores: [Float] = []
  /// Between the two linear layers, `[tokens, inner]`.
  var inner: [Float] = []
  /// Rows of a weight, widened.
  var tile: [Float] = []

  package init() {}
}

extension [Float] {
  /// Makes the array at least `count` long; what it holds is lost if it has to grow.
  mutating func makeRoom(for count: Int) {
    if self.count < count { self = [Float](repeating: 0, count: count) }
  }

  /// Stores `other` at the start.
  mutating func store(_ other: [Float]) {
    makeRoom(for: other.count)
    withRow(0..<other.count) { target in
      for i in target.indices { target[i] = other[i] }
    }
  }
}
