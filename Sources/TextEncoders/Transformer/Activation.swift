/// The function between the two linear layers of a block.
package enum Activation: Sendable {
  case gelu
  case quickGelu

  func apply(to x: inout [Float]) {
    var values = x.mutableSpan
    switch self {
    case .gelu: for i in values.indices { values[i] = VectorMath.gelu(values[i]) }
    case .quickGelu: for i in values.indices { values[i] = VectorMath.quickGelu(values[i]) }
    }
  }
}
