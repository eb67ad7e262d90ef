internal import Formats
internal import LinearAlgebra

/// Finds which tensors take the scale of a module, so that it becomes 1.
struct ScaleFolding {
  let file: AdapterFile
  /// The type that is written; nil for that of each tensor.
  let dtype: DType?

  /// The multiplier of each tensor that takes part of the scale of `module`.
  ///
  /// - Throws: `FormatError` for an algorithm whose scale is inside, and for a delta that would
  ///   vanish in half precision.
  func multipliers(of module: AdapterModule) throws -> [TensorName: Float] {
    let scale = module.scale.value
    guard scale != 1 else { return [:] }
    switch module.algorithm {
    case .lora(let lora): return try multipliers(of: lora, scale, module)
    case .loha(let loha): return [loha.first.up.name: Float(scale)]
    case .lokr(let lokr): return [lokr.first.firstTensor.name: Float(scale)]
    case .dora(let dora):
      switch dora.direction {
      case .lora(let lora): return try multipliers(of: lora, scale, module)
      case .loha(let loha): return [loha.first.up.name: Float(scale)]
      case .lokr(let lokr): return [lokr.first.firstTensor.name: Float(scale)]
      default: break
      }
    default: break
    }
    throw FormatError(
      .unsupported, file: file.path, place: "module '\(module.target)'",
      "the scale of \(module.algorithm.stored.name) cannot be folded into its tensors",
      remedy: "leave out --fold-alpha")
  }

  private func multipliers(
    of lora: LoRA, _ scale: Double, _ module: AdapterModule
  ) throws -> [TensorName: Float] {
    let types = [lora.down, lora.up].map(\.dtype)
    let written = types.map { dtype ?? $0 }
    var balanced: BalancedScale? = BalancedScale(
      scale, inner: lora.down.elementCount / lora.down.shape[0], out: lora.up.shape[0])
    let isHalf = written.contains(.f16) && !types.allSatisfy { $0 == .f16 }
    if isHalf || (written.contains(.f16) && !BalancedScale.isMild(scale)) {
      balanced = BalancedScale(
        scale, down: try largestMagnitude(of: lora.down), up: try largestMagnitude(of: lora.up))
    }
    guard let balanced else {
      throw FormatError(
        .unacceptable, file: file.path, place: "module '\(module.target)'",
        "with its scale \(scale) in the factors, its delta is too small for F16",
        remedy: "write with --dtype F32 or --dtype BF16")
    }
    return [lora.down.name: balanced.down, lora.up.name: balanced.up].filter { $0.value != 1 }
  }

  private func largestMagnitude(of entry: TensorEntry) throws -> Double {
    let format = try FloatFormat(entry.dtype, in: file.path)
    return try file.tensors.withBytes(of: entry) { ModuleFuser.largestMagnitude($0, format) }
  }
}

extension LoKr.Side {
  /// The tensor that a factor of the whole can be multiplied into.
  fileprivate var firstTensor: TensorEntry {
    switch self {
    case .whole(let whole): whole
    case .factors(let up, _), .tucker(let up, _, _): up
    }
  }
}
