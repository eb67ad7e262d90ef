internal import Formats
internal import TextEncoders

/// The `__metadata__` of a merged adapter: what was done, and what of the inputs still holds.
package struct MergedMetadata: Sendable {
  package private(set) var entries: [String: String] = [:]

  /// - Parameters:
  ///   - plan: what is written, with its ranks resolved.
  ///   - weighed: the weights and what led to them.
  ///   - hashes: the SHA-256 of each member's tensors.
  package init(_ plan: MergePlan, _ weighed: WeighedLibrary, hashes: [String]) {
    let active = plan.active
    let inputs = active.map { plan.members[$0].file.metadata }
    carryOver(inputs)
    describeNetwork(plan, active.map { plan.members[$0].name })
    recordFusion(plan, weighed, hashes)
    if inputs.count == 1 {
      for field in Self.own { entries[field] = inputs[0][field] ?? entries[field] }
    }
    if plan.dialect != .kohya { entries["format"] = "pt" }
  }

  /// Fields that say what a file is for; kept where every input that has them agrees.
  private static let shared = [
    "ss_base_model_version", "ss_v2", "ss_sd_model_name", "ss_sd_model_hash",
    "ss_new_sd_model_hash", "ss_vae_name", "ss_vae_hash", "ss_new_vae_hash", "ss_clip_skip",
    "ss_resolution", "modelspec.sai_model_spec", "modelspec.architecture",
    "modelspec.implementation", "modelspec.resolution", "modelspec.prediction_type",
    "modelspec.encoder_layer", "modelspec.timestep_range", "base_model",
  ]
  /// Fields that hold for the result only if every input has them, and they agree.
  private static let unanimous = ["modelspec.license", "license", "modelspec.author"]

  private mutating func carryOver(_ inputs: [[String: String]]) {
    for field in Self.shared {
      let values = Set(inputs.compactMap { $0[field] })
      if values.count == 1 { entries[field] = values.first }
    }
    for field in Self.unanimous {
      let values = Set(inputs.map { $0[field] })
      if values.count == 1, let value = values.first { entries[field] = value }
    }
    for field in ["modelspec.trigger_phrase", "modelspec.tags"] {
      var seen: Set<String> = []
      let phrases = inputs.flatMap { ($0[field] ?? "").split(separator: ",") }
        .map { String($0.drop(while: \.isWhitespace)) }
        .filter { !$0.isEmpty && seen.insert($0).inserted }
      if !phrases.isEmpty { entries[field] = phrases.joined(separator: ", ") }
    }
  }

  /// Fields that say what an adapter is about; they hold where one adapter is only rewritten.
  private static let own = [
    "lorac.key", "modelspec.title", "modelspec.description", "modelspec.usage_hint",
    "ss_tag_frequency", "ss_output_name",
  ]

  /// What web UIs show of an adapter: its rank, alpha and title.
  private mutating func describeNetwork(_ plan: MergePlan, _ names: [String]) {
    let factored = plan.modules.filter { $0.form != .vector }
    let ranks = Set(factored.map(\.rank))
    let alphas = Set(factored.map { Float($0.alpha) })
    if plan.dialect == .kohya {
      entries["ss_network_module"] = "networks.lora"
      entries["ss_network_dim"] = ranks.count == 1 ? ranks.first.map(String.init) : "Dynamic"
      entries["ss_network_alpha"] = alphas.count == 1 ? alphas.first.map { "\($0)" } : "Dynamic"
      entries["ss_output_name"] = names.joined(separator: "+")
    }
    entries["modelspec.title"] = names.joined(separator: " + ")
    entries["modelspec.merged_from"] = names.joined(separator: ", ")
  }

  private mutating func recordFusion(
    _ plan: MergePlan, _ weighed: WeighedLibrary, _ hashes: [String]
  ) {
    entries["lorac.rank"] = "\(plan.options.rank)"
    entries.merge(FusionRecord(plan.members, weighed, hashes: hashes).entries) { $1 }
  }
}
