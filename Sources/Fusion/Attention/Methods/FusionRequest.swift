/// What a `FusionMethod` makes weights from.
package struct FusionRequest: Sendable {
  /// Names, one per adapter.
  package let adapters: [String]
  /// Weights given with the request, in the adapters' order; `nil` where none was.
  package let givenWeights: [Double?]
  /// Multiplies the fused delta.
  package let strength: Double
  /// Needed by methods that read prompts.
  package let attention: AttentionInput?
  /// How many prompts to work on at a time; changes no result.
  package let threads: Int

  package init(
    adapters: [String], givenWeights: [Double?]? = nil, strength: Double = 1,
    attention: AttentionInput? = nil, threads: Int = 1
  ) {
    self.adapters = adapters
    self.givenWeights = givenWeights ?? adapters.map { _ in nil }
    (self.strength, self.attention, self.threads) = (strength, attention, threads)
  }

  /// The given weight of each adapter, or 1, as loading it at run time has it.
  var weightsOrOne: [Double] { givenWeights.map { $0 ?? 1 } }

  func validate() throws(FusionError) {
    precondition(givenWeights.count == adapters.count, "one optional weight per adapter")
    guard !adapters.isEmpty else { throw FusionError(.usage, "there is no adapter to fuse") }
    guard strength.isFinite else {
      throw FusionError(.usage, "strength \(strength) is not a number")
    }
    for (adapter, weight) in zip(adapters, givenWeights) {
      if let weight, !weight.isFinite {
        throw FusionError(.usage, "adapter '\(adapter)': weight \(weight) is not a number")
      }
    }
  }
}
