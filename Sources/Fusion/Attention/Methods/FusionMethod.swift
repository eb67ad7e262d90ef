/// A way to find the weights of `ΔW = Σ wᵢ ΔWᵢ`.
///
/// A new method is a file with its value and a line in `all`.
package struct FusionMethod: Sendable {
  /// What `--method` calls it.
  package let name: String
  /// One line for help.
  package let summary: String
  /// Where the formula comes from.
  package let source: String
  /// Whether it reads prompts, so that an encoder is needed.
  package let needsPrompts: Bool
  private let compute: @Sendable (FusionRequest) throws -> FusionWeights

  /// Every method, the default first.
  package static let all: [FusionMethod] = [.attention, .linear, .nla]

  init(
    name: String, summary: String, source: String, needsPrompts: Bool,
    compute: @escaping @Sendable (FusionRequest) throws -> FusionWeights
  ) {
    (self.name, self.summary, self.source) = (name, summary, source)
    (self.needsPrompts, self.compute) = (needsPrompts, compute)
  }

  /// The method of that name.
  ///
  /// - Throws: `FusionError` that lists the names there are.
  package static func named(_ name: String) throws(FusionError) -> FusionMethod {
    guard let method = all.first(where: { $0.name == name }) else {
      throw FusionError(
        .usage, "unknown method '\(name)'",
        hint: "methods are: \(all.map(\.name).joined(separator: ", "))")
    }
    return method
  }

  /// The weights for `request`.
  ///
  /// - Throws: `FusionError` when the request cannot be met.
  package func weights(for request: FusionRequest) throws -> FusionWeights {
    try request.validate()
    return try compute(request)
  }
}
