internal import Formats

/// How the alphas of a kohya file are stored, where that does not follow from its factors.
///
/// Kept in the metadata while a file has names without alphas, so that the way back gives the
/// same bytes.
enum AlphaForm: String {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case absent

  static let key = "lorac.alpha"

  var dtype: DType? {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .i64: .i64
    case .absent: nil
    }
  }

  /// The form that all alphas of `file` have; nil if they differ, or follow from the factors.
  init?(of file: AdapterFile) {
    guard file.dialect == .kohya else { return nil }
    var forms: Set<AlphaForm?> = []
    var isImplied = true
    for module in file.modules {
      guard let factor = module.tensors.first else { continue }
      let alpha = file.tensors.entry(TensorName(module.stem + ".alpha"))
      let form = alpha.map { AlphaForm(rawValue: $0.dtype.rawValue) } ?? .absent
      forms.insert(form)
      let value = module.scale.alpha ?? 0
      isImplied = isImplied && alpha?.dtype == value.narrowType(factor.dtype)
    }
    guard !isImplied, forms.count == 1, case .some(.some(let form)) = forms.first else {
      return nil
    }
    self = form
  }
}

extension Double {
  /// `preferred`, if it holds the number exactly; else binary32.
  func narrowType(_ preferred: DType) -> DType {
    let isExact =
      switch preferred {
      case .f16: Double(Float16(self)) == self
      case .bf16: Float(self).bitPattern & 0xFFFF == 0 && Double(Float(self)) == self
      case .i64: Int64(exactly: self) != nil
      default: false
      }
    return isExact ? preferred : .f32
  }
}
