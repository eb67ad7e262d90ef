extension FamilyNames {
  /// Every family whose modules are known by name; of two that fit equally, the first is taken.
  package static let all = [
    flux, flux2, chroma, stableDiffusion3, hunyuanVideo, wan, qwenImage, lumina2, zImage,
    languageModel,
  ]

  /// The family of most of `modules`; nil if most are of none.
  ///
  /// They are given by their paths, dotted or flattened, with the shapes of the weights where known.
  package static func detect(_ modules: [(path: String, shape: [Int]?)]) -> FamilyNames? {
    guard !modules.isEmpty else { return nil }
    var best: (family: FamilyNames, score: Int)?
    for family in all {
      var (score, matches) = (0, 0)
      for module in modules {
        let agreement = family.agreement(module.path, shape: module.shape)
        score += agreement
        matches += agreement > 0 ? 1 : 0
      }
      guard 2 * matches >= modules.count, score > best?.score ?? 0 else { continue }
      best = (family, score)
    }
    return best?.family
  }
}
