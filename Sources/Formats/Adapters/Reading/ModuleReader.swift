/// Reads what the tensors of one stem say, as far as headers and a few scalars tell.
struct ModuleReader {
  let group: TensorGroup
  let dialect: AdapterDialect
  let target: ModuleTarget
  /// The configuration that holds for the module.
  let config: PEFTConfig?
  /// Reads a tensor of one element.
  let number: (TensorEntry) throws(FormatError) -> Double
  private(set) var notes: [Finding] = []

  init(
    _ group: TensorGroup, _ dialect: AdapterDialect, _ target: ModuleTarget, config: PEFTConfig?,
    number: @escaping (TensorEntry) throws(FormatError) -> Double
  ) {
    (self.group, self.dialect, self.target) = (group, dialect, target)
    (self.config, self.number) = (config, number)
  }

  /// The changes of the weight and of the bias.
  mutating func drafts() throws -> [ModuleDraft] {
    var drafts: [ModuleDraft] = []
    let weight = try weightDraft()
    if let weight { drafts.append(weight) }
    if let entry = group[.biasDifference] {
      drafts.append(bias(.difference(try WeightDifference(entry)), .inherent))
    }
    if let entry = group[.upBias] {
      guard let weight else { throw ModuleFault.incomplete("has the bias of factors it lacks") }
      drafts.append(bias(.difference(try WeightDifference(entry)), weight.scale))
    }
    if let entry = group[.bias] {
      drafts.append(bias(.replacement(try WeightReplacement(entry)), .inherent))
    }
    // What PEFT scales behind a layer includes the layer's bias.
    if case .ia3(let ia3)? = weight?.algorithm, ia3.isAbsolute, ia3.axis == .output {
      var draft = bias(.ia3(ia3), .inherent)
      draft.isOptional = true
      drafts.append(draft)
    }
    guard !drafts.isEmpty else { throw ModuleFault.incomplete("has an alpha, but no factors") }
    return drafts
  }

  private func bias(_ algorithm: ModuleAlgorithm, _ scale: AdapterScale) -> ModuleDraft {
    ModuleDraft(
      stem: group.stem, dialect: dialect, target: target, algorithm: algorithm, scale: scale,
      isBias: true)
  }

  private mutating func weightDraft() throws -> ModuleDraft? {
    guard let kind = try kind() else { return nil }
    let plain = try algorithm(kind)
    let isDoRA = group[.doraScale] != nil || group[.magnitude] != nil
    let algorithm: ModuleAlgorithm = isDoRA ? .dora(try DoRA(of: plain, group)) : plain
    var draft = ModuleDraft(
      stem: group.stem, dialect: dialect, target: target, algorithm: algorithm,
      scale: try scale(of: plain))
    switch kind {
    case .lora where group[.embeddingDown] != nil: draft.layout = .embedding
    case .difference, .replacement, .tokens, .svdiff: break
    default: draft.layout = config?.isFanInFanOut == true ? .transposed : .asDescribed
    }
    return draft
  }

  private func kind() throws(ModuleFault) -> AlgorithmKind? {
    var kinds = Set(group.roles.compactMap(\.algorithm))
    // The numbers of LyCORIS' (IA)³ are called like any weight.
    if kinds.contains(.ia3), group[.setWeight] == nil { kinds.remove(.replacement) }
    guard kinds.count <= 1 else {
      let names = kinds.map(\.rawValue).sorted().joined(separator: " and ")
      throw ModuleFault("has tensors of \(names) under one name", code: .mixedAlgorithms)
    }
    return kinds.first
  }

  private mutating func algorithm(_ kind: AlgorithmKind) throws -> ModuleAlgorithm {
    switch kind {
    case .lora:
      return group[.singularValues] == nil
        ? .lora(try LoRA(group)) : .adaLoRA(try AdaLoRA(group))
    case .loha: return .loha(try LoHa(group))
    case .lokr: return .lokr(try LoKr(group))
    case .difference:
      return .difference(try WeightDifference(group.require(.difference, "has no diff")))
    case .replacement:
      guard let entry = group[.setWeight] ?? group[.weight] else {
        throw ModuleFault("has no weight", code: .missingFactor)
      }
      return .replacement(try WeightReplacement(entry))
    case .tokens:
      let rows = try group.require(.newTokens, "has no rows of tokens")
      return .tokens(try TokenReplacement(rows, indices: config?.tokens(of: target.path) ?? []))
    case .ia3:
      if let factors = group[.ia3] { return .ia3(try IA3(peft: factors)) }
      let flag = try group.require(.onInput, "has no on_input")
      return .ia3(try IA3(group, isOnInput: try number(flag) != 0))
    case .oft: return .oft(try oft())
    case .glora: return .glora(try GLoRA(group))
    case .svdiff: return .svdiff(try SVDiff(group))
    case .vera: return .vera(try VeRA(group))
    }
  }

  private func oft() throws -> OFT {
    guard let vectors = group[.skewVectors] else {
      let alpha = try group[.alpha].map { try number($0) }
      return try OFT(group, alpha: alpha, isKohya: group.stem.hasPrefix("oft_unet_"))
    }
    guard let config, config.method == .oft else {
      throw ModuleFault(
        "OFT of PEFT without its configuration, which says how the rotations are computed",
        kind: .unsupported, code: .missingConfig)
    }
    return try OFT(peft: vectors, config)
  }

  /// The scale of the delta of `algorithm`, by the rule that it has.
  private mutating func scale(of algorithm: ModuleAlgorithm) throws -> AdapterScale {
    var scale: AdapterScale
    switch algorithm {
    case .lora(let lora): scale = try self.scale(rank: lora.down.shape[0])
    case .loha(let loha): scale = try self.scale(rank: loha.first.down.shape[0])
    case .glora(let glora): scale = try self.scale(rank: glora.weightFactors.second.shape[0])
    case .lokr(let lokr):
      // Trainers store any alpha beside two whole matrices; only PEFT means it.
      if let rank = lokr.rank {
        scale = try self.scale(rank: rank)
      } else if let config, config.method == .lokr {
        scale = try self.scale(rank: config.rank(of: target.path))
      } else {
        scale = .inherent
      }
    case .adaLoRA: scale = try adaLoRAScale()
    default: return .inherent
    }
    if let entry = group[.scale] {
      scale = AdapterScale(value: try number(entry), alpha: nil, source: .quotient)
    }
    if let entry = group[.scalar] { scale = scale.multiplied(by: try number(entry)) }
    guard scale.value.isFinite else {
      throw ModuleFault(
        "its alpha is not a finite number", remedy: "set the right alpha and try again",
        code: .nonFiniteScale)
    }
    return scale
  }

  private mutating func scale(rank: Int) throws -> AdapterScale {
    let alpha = try storedAlpha()
    let configured = config?.alpha(of: target.path)
    if alpha != nil, let configured, configured.source == .metadata {
      throw ModuleFault(
        "has an alpha both as a tensor and in lora_adapter_metadata", code: .configDisagrees)
    }
    if let config, configured?.source == .configuration, config.rank(of: target.path) != rank {
      throw ModuleFault(
        "has rank \(rank), but adapter_config.json says \(config.rank(of: target.path))",
        remedy: "the configuration belongs to another file, or was edited", code: .configDisagrees)
    }
    return AdapterScale(rank: rank, alphaTensor: alpha, configured: configured)
  }

  private mutating func storedAlpha() throws -> Double? {
    guard let entry = group[.alpha] else { return nil }
    let value = try number(entry)
    if value <= 0 {
      notes.append(
        Finding(
          value == 0 ? .zeroAlpha : .negativeAlpha, place: "'\(entry.name)'",
          "is \(value): "
            + (value == 0 ? "the module has no effect" : "the module acts in reverse")))
    }
    return value
  }

  /// Source: PEFT 0.21, `adalora/layer.py`, whose divisor has the small number too.
  private func adaLoRAScale() throws -> AdapterScale {
    guard let configured = config?.alpha(of: target.path) else {
      throw ModuleFault(
        "AdaLoRA without its configuration", kind: .unsupported, code: .missingConfig)
    }
    let rank = try group[.rankCount].map { try number($0) } ?? Double(config?.rank ?? 1)
    return AdapterScale(
      value: configured.alpha / (rank + 1e-5), alpha: nil, source: configured.source)
  }
}
