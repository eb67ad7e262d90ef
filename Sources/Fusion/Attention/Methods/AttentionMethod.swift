internal import Workers

extension FusionMethod {
  /// Weights from the likeness of prompts and keys.
  ///
  /// An adapter with a given weight keeps it, times the strength, and leaves the attention to
  /// the others. Prompts are attended in parallel and averaged in order.
  static let attention = FusionMethod(
    name: "attention",
    summary: "weights from the likeness of the prompts and the adapters' key texts",
    source: "Choi, Im, Sung, LoRA Fusion: Enhancing Image Generation, Mathematics 2024, 3474",
    needsPrompts: true
  ) { request in
    guard let input = request.attention else {
      throw FusionError(
        .usage, "the method 'attention' needs a prompt", hint: "give --prompt or --prompts")
    }
    try input.validate(adapterCount: request.adapters.count)
    let attention = PromptAttention(
      input, adapters: request.adapters, given: request.givenWeights, strength: request.strength)
    let results = try parallelMap(
      count: input.prompts.prompts.count, threads: request.threads
    ) { try attention.weights(ofPromptAt: $0) }
    let prompts = results.map(\.weights)
    let fused = input.prompts.average(prompts.map(\.weights))
    var warnings = results.flatMap(\.warnings)
    if fused.allSatisfy({ $0 == 0 }) { warnings.append(.allWeightsZero) }
    let temperatures = Set(prompts.map(\.temperature))
    return FusionWeights(
      adapters: request.adapters, method: "attention",
      attention: input.options.kind(for: input.encoder),
      temperature: temperatures.count == 1 ? temperatures.first ?? nil : nil,
      mix: input.options.mix(for: input.encoder), strength: request.strength,
      prompts: prompts, weights: fused, warnings: warnings)
  }
}
