extension FusionMethod {
  /// The given weights as they are, times the strength.
  ///
  /// An adapter without a given weight has 1, as when it is loaded at run time.
  static let linear = FusionMethod(
    name: "linear",
    summary: "given weights as they are; 1 where none is given",
    source: "Hu et al., LoRA, arXiv:2106.09685, section 4.1: a sum of scaled deltas",
    needsPrompts: false
  ) { request in
    FusionWeights(given: request.weightsOrOne, by: "linear", for: request)
  }
}
