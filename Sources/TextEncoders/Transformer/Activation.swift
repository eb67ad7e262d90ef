/// The function between the two linear layers of a block, or after a dense layer.
package enum Activation: Sendable, Hashable {
  case identity
  case relu
  case tanh
  /// x Φ(x), with the exact distribution function.
  case gelu
  /// The approximation of gelu by a hyperbolic tangent.
  case tanhGelu
  /// The approximation of gelu by a logistic function, in OpenAI's CLIP.
  case quickGelu

  /// The function that a configuration of `transformers` calls `name`, if lorac knows it.
  init?(configured name: String) {
    switch name {
    case "gelu": self = .gelu
    case "quick_gelu": self = .quickGelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .tanhGelu
    case "relu": self = .relu
    default: return nil
    }
  }

  package func apply(to x: inout MutableSpan<Float>) {
    switch self {
    case .identity: break
    case .relu: for i in x.indices { x[i] = max(x[i], 0) }
    case .tanh: for i in x.indices { x[i] = VectorMath.tanh(x[i]) }
    case .gelu: for i in x.indices { x[i] = VectorMath.gelu(x[i]) }
    case .tanhGelu: for i in x.indices { x[i] = VectorMath.tanhGelu(x[i]) }
    case .quickGelu: for i in x.indices { x[i] = VectorMath.quickGelu(x[i]) }
    }
  }
}
