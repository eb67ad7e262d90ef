internal import Formats

extension Double {
  /// `preferred`, if it holds the number exactly; else binary32.
  func narrowType(_ preferred: DType) -> DType {
    let isExact =
      switch preferred {
      case .f16: Double(Float16(self)) == self
      case .bf16: Float(self).bitPattern & 0xFFFF == 0 && Double(Float(self)) == self
      default: false
      }
    return isExact ? preferred : .f32
  }
}
