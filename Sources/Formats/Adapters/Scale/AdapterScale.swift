/// The factor of a module's product, and where it was found.
package struct AdapterScale: Sendable, Hashable {
  package enum Source: String, Sendable, Hashable {
    /// A scalar beside the factors.
    case tensor = "alpha tensor"
    case configuration = "adapter_config.json"
    case metadata = "lora_adapter_metadata"
    /// Nothing says: alpha is the rank, as every reader takes it.
    case absent = "no alpha: scale 1"
  }

  package let value: Double
  /// The alpha as stored; nil where nothing is.
  package let alpha: Double?
  package let source: Source
  /// Whether the scale is `alpha / √rank` (rsLoRA) instead of `alpha / rank`.
  package let isRankStabilised: Bool

  /// Resolves the scale of a module of `rank`, the one rule of all dialects.
  ///
  /// A stored alpha comes before a configuration; without either the scale is 1. Sources: LoRA
  /// (arXiv:2106.09685) for `alpha / rank`; rsLoRA (arXiv:2312.03732) for `alpha / √rank`.
  init(rank: Int, alphaTensor: Double?, configured: ConfiguredAlpha?) {
    if let alphaTensor {
      (value, alpha) = (alphaTensor / Double(rank), alphaTensor)
      (source, isRankStabilised) = (.tensor, false)
    } else if let configured {
      let divisor = configured.isRankStabilised ? Double(rank).squareRoot() : Double(rank)
      (value, alpha) = (configured.alpha / divisor, configured.alpha)
      (source, isRankStabilised) = (configured.source, configured.isRankStabilised)
    } else {
      (value, alpha, source, isRankStabilised) = (1, nil, .absent, false)
    }
  }
}

/// What a configuration says of the alpha of one module.
struct ConfiguredAlpha: Hashable {
  let alpha: Double
  let isRankStabilised: Bool
  let source: AdapterScale.Source
}
