extension FusionMethod {
  /// Normalised linear arithmetic: the given weights scaled to sum to 1, times the strength.
  ///
  /// An adapter without a given weight counts 1 before scaling, so that none given is equal
  /// parts.
  static let nla = FusionMethod(
    name: "nla",
    summary: "given weights scaled to sum to 1; equal where none is given",
    source: "Wu et al., Mixture of LoRA Experts, arXiv:2404.13628, equation 2",
    needsPrompts: false
  ) { request in
    let given = request.weightsOrOne
    let total = given.reduce(0, +)
    guard total.isFinite, total.magnitude > 1e-12 * given.reduce(0, { $0 + $1.magnitude }) else {
      throw FusionError(
        .usage, "the weights sum to \(total), so they cannot be scaled to sum to 1",
        hint: "use the method 'linear' for weights that stand as they are")
    }
    return FusionWeights(given: given.map { $0 / total }, by: "nla", for: request)
  }
}
