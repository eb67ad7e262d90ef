internal import Formats

/// A LoRA, or a DoRA of one, as it will be written, for the configuration beside it.
struct ConvertedModule: Sendable {
  let target: ModuleTarget
  let rank: Int
  /// Nil where the input has none, which means the rank.
  let alpha: Double?
  let algorithm: ModuleAlgorithm
  /// Whether tensors beside the factors tell the scale.
  var isTold = false

  var isDoRA: Bool {
    if case .dora = algorithm { true } else { false }
  }
  var scale: Double { alpha.map { $0 / Double(rank) } ?? 1 }
}

extension AdapterModule {
  /// The LoRA of the module: itself, or the direction of a DoRA; nil for others.
  var convertedLoRA: LoRA? {
    switch algorithm {
    case .lora(let lora): return lora
    case .dora(let dora):
      if case .lora(let lora) = dora.direction { return lora }
      return nil
    default: return nil
    }
  }

  /// The alpha that gives the scale with `alpha / rank`; nil where nothing is stored.
  func writtenAlpha(rank: Int) -> Double? {
    switch scale.source {
    // A learned factor may stand without an alpha.
    case .absent, .inherent: return scale.value == 1 ? nil : scale.value * Double(rank)
    case .tensor, .configuration, .metadata, .quotient: break
    }
    if let alpha = scale.alpha, alpha / Double(rank) == scale.value { return alpha }
    return scale.value * Double(rank)
  }
}

extension AdapterFile {
  /// The numbers of one element that the scale of the modules of `stem` is made of.
  func scaleTensors(ofStem stem: String) -> [TensorEntry] {
    ScaleNumbers.suffixes.compactMap { suffix in
      tensors.entry(TensorName(stem + suffix)).flatMap { $0.elementCount == 1 ? $0 : nil }
    }
  }

  /// The fault of a module that cannot be written in another dialect.
  func cannotRename(
    _ module: AdapterModule, to dialect: AdapterDialect, _ what: String, remedy: String? = nil
  ) -> FormatError {
    FormatError(
      .unsupported, file: path, place: "module '\(module.target)'",
      "\(what) in the dialect '\(dialect.rawValue)'", remedy: remedy)
  }
}
