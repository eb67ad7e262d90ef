internal import Formats
internal import TextEncoders

/// The entries of metadata that say which adapters were fused, with which weights, and why.
struct FusionRecord {
  private(set) var entries: [String: String] = [:]

  /// `hashes` starts with the SHA-256 of each member's tensors.
  init(_ members: [AdapterLibrary.Member], _ weighed: WeighedLibrary, hashes: [String]) {
    let weights = weighed.weights
    entries["lorac.version"] = LoracVersion.current
    entries["lorac.method"] = weights.method
    entries["lorac.strength"] = "\(weights.strength)"
    if members.contains(where: { $0.strength != 1 }) {
      entries["lorac.strengths"] =
        JSONValue.object(pairs: members.map { ($0.name, .number($0.strength)) }).compact
    }
    recordModuleWeights(weighed.moduleWeights)
    let reading = weighed.library.reading
    if reading.fixesSplitAlpha { entries["lorac.fixSplitAlpha"] = "true" }
    entries["lorac.lokrScale"] = reading.lokrScale.map { "\($0)" }
    entries["lorac.attention"] = weights.attention?.rawValue
    entries["lorac.mix"] = weights.mix?.rawValue
    entries["lorac.temperature"] = weights.temperature.map { "\($0)" }
    entries["lorac.encoder"] = weighed.encoder?.id
    if !weights.prompts.isEmpty {
      entries["lorac.prompts"] =
        JSONValue.array(
          weights.prompts.map {
            .object(["text": .string($0.prompt.text), "weight": .number($0.prompt.weight)])
          }
        ).compact
    }
    entries["lorac.weights"] =
      JSONValue.object(pairs: zip(weights.adapters, weights.weights.map { .number($0) })).compact
    entries["lorac.inputs"] =
      JSONValue.array(
        zip(members, hashes).map { member, hash in
          .object([
            "name": .string(member.name),
            "file": .string(Folder.split(member.file.tensors.path).name),
            "sha256": .string(hash), "configSha256": member.file.configHash.map { .string($0) },
          ])
        }
      ).compact
  }

  /// What made weights differ between modules; files by their content.
  private mutating func recordModuleWeights(_ weights: ModuleWeights) {
    let options = weights.options
    if options.textEncoderStrength != 1 {
      entries["lorac.strengthTe"] = "\(options.textEncoderStrength)"
    }
    if options.modelStrength != 1 { entries["lorac.strengthUnet"] = "\(options.modelStrength)" }
    entries["lorac.blockWeights"] = weights.blockWeights.map { "sha256:\($0.sha256)" }
    entries["lorac.gates"] = weights.gates.map { "sha256:\($0.sha256)" }
  }
}
