/// The factor of a module's product, and where it was found.
package struct AdapterScale: Sendable, Hashable {
  package enum Source: String, Sendable, Hashable {
    /// A scalar beside the factors.
    case tensor = "alpha tensor"
    case configuration = "adapter_config.json"
    case metadata = "lora_adapter_metadata"
    /// Nothing says: alpha is the rank, as every reader takes it.
    case absent = "no alpha: scale 1"
    /// The algorithm has none.
    case inherent = "none: scale 1"
    /// A scalar that stands for the quotient (`scale`).
    case quotient = "scale tensor"
  }

  package let value: Double
  /// The alpha as stored; nil where nothing is.
  package let alpha: Double?
  package let source: Source
  /// Whether the scale is `alpha / √rank` (rsLoRA) instead of `alpha / rank`.
  package let isRankStabilised: Bool

  /// The scale of algorithms that have no rank to divide by.
  static let inherent = AdapterScale(value: 1, alpha: nil, source: .inherent)

  init(value: Double, alpha: Double?, source: Source, isRankStabilised: Bool = false) {
    (self.value, self.alpha, self.source) = (value, alpha, source)
    self.isRankStabilised = isRankStabilised
  }

  /// Resolves the scale of a module of `rank`, the one rule of all dialects.
  ///
  /// A stored alpha comes before a configuration; without either the scale is 1. Sources: LoRA
  /// (arXiv:2106.09685) for `alpha / rank`; rsLoRA (arXiv:2312.03732) for `alpha / √rank`.
  init(rank: Int, alphaTensor: Double?, configured: ConfiguredAlpha?) {
    if let alphaTensor {
      self.init(value: alphaTensor / Double(rank), alpha: alphaTensor, source: .tensor)
    } else if let configured {
      let divisor = configured.isRankStabilised ? Double(rank).squareRoot() : Double(rank)
      self.init(
        value: configured.alpha / divisor, alpha: configured.alpha, source: configured.source,
        isRankStabilised: configured.isRankStabilised)
    } else {
      self.init(value: 1, alpha: nil, source: .absent)
    }
  }

  /// The scale of a module that has a learned factor beside it (`scalar` of LyCORIS).
  func multiplied(by scalar: Double) -> AdapterScale {
    AdapterScale(
      value: value * scalar, alpha: alpha.map { $0 * scalar }, source: source,
      isRankStabilised: isRankStabilised)
  }
}

/// What a configuration says of the alpha of one module.
struct ConfiguredAlpha: Hashable {
  let alpha: Double
  let isRankStabilised: Bool
  let source: AdapterScale.Source
}
