internal import Formats
internal import LinearAlgebra

/// How the elements of a weight are stored.
enum WeightEncoding: Sendable, Hashable {
  case float(FloatFormat)
  case float8(Float8)

  /// The encoding of a tensor of `dtype`; nil for types that towers do not compute with.
  init?(_ dtype: DType) {
    switch dtype {
    case .f32: self = .float(.f32)
    case .f16: self = .float(.f16)
    case .bf16: self = .float(.bf16)
    case .f8e4m3: self = .float8(.e4m3)
    case .f8e5m2: self = .float8(.e5m2)
    default: return nil
    }
  }

  /// The size of one element in bytes.
  var byteCount: Int {
    switch self {
    case .float(let format): format.byteCount
    case .float8: 1
    }
  }

  /// Stores the values of `source` in `output`.
  ///
  /// - Precondition: there are as many as elements.
  func widen(_ source: RawSpan, into output: inout MutableSpan<Float>) {
    switch self {
    case .float(let format): HalfPrecision.widen(source, as: format, into: &output)
    case .float8(let format): format.widen(source, into: &output)
    }
  }
}
