internal import Formats
package import Fusion
internal import TextEncoders

extension ReportTarget {
  /// What is known when adapters are weighed.
  package init(_ weighed: WeighedLibrary, name: String) {
    self.init(name: name, status: .weighed)
    let weights = weighed.weights
    adapters = weights.adapters.indices.map { index in
      var adapter = Adapter(name: weights.adapters[index], weight: weights.weights[index])
      if index < weighed.keys.count {
        adapter.key = weighed.keys[index].texts
        adapter.keySource = "\(weighed.keys[index].source)"
      }
      return adapter
    }
    prompts = weights.prompts.map { prompt in
      var result = Prompt(
        text: prompt.prompt.text, cosines: prompt.cosines, shares: prompt.shares,
        weights: prompt.weights)
      result.embedded = prompt.prompt.embedded
      result.weight = prompt.prompt.weight
      result.triggers = prompt.triggers.map { ($0.adapter, $0.word) }
      return result
    }
    effectiveAdapters = weights.effectiveAdapters
    settings = Self.settings(of: weighed)
    inputs = weighed.library.members.map { Self.input($0, sha256: nil) }
    warnings =
      weighed.library.members.flatMap { member in
        member.file.warnings.map { "\(member.file.path): \($0)" }
      } + weights.warnings.map(\.description)
    notes = weighed.notes
  }

  /// Adds what a plan says of the adapter that is written, or would be.
  ///
  /// - Parameters:
  ///   - plan: with its ranks resolved, if it was written.
  ///   - hashes: the SHA-256 of each member's tensors; empty where nothing was written.
  ///   - keptEnergy: of what was written.
  package mutating func add(_ plan: MergePlan, hashes: [String], keptEnergy: Double?) {
    var rank = Rank(request: "\(plan.options.rank)")
    let ranks = plan.modules.filter { $0.form != .vector }.map(\.rank)
    if let least = ranks.min(), let most = ranks.max() { rank.range = least...most }
    rank.keptEnergy = keptEnergy
    self.rank = rank
    output?.dialect = plan.dialect.rawValue
    output?.dtype = plan.dtype.rawValue
    output?.moduleCount = plan.modules.count
    setInputs(plan.members, hashes)
    notes += plan.withoutEffect.map { "module '\($0)' has alpha 0 and is left out" }
  }

  /// Adds what a plan says of the model that is written, or would be.
  ///
  /// - Parameters:
  ///   - plan: what changes.
  ///   - hashes: the SHA-256 of the adapters, then of the base's files; empty where nothing was
  ///     written.
  ///   - roundingLoss: of what was written.
  package mutating func add(_ plan: BakePlan, hashes: [String], roundingLoss: Double?) {
    let types = Set(plan.targets.map(\.tensor.entry.dtype.rawValue)).sorted()
    if !types.isEmpty { output?.dtype = types.joined(separator: ", ") }
    output?.moduleCount = plan.coverage.matched
    self.roundingLoss = roundingLoss
    setInputs(plan.members, hashes)
    let checkpoint = plan.checkpoint
    for (index, file) in checkpoint.files.enumerated() {
      var input = Input(role: "base", name: file.name, file: file.tensors.path)
      let place = plan.members.count + index
      input.sha256 = place < hashes.count ? hashes[place] : nil
      inputs.append(input)
    }
    settings += [
      ("base", checkpoint.path), ("base family", checkpoint.family.name ?? "unknown"),
      ("coverage", plan.coverage.sentence),
      ("tensors changed", "\(plan.targets.count)"),
    ]
    unmatched = plan.coverage.unmatched.map(\.description)
    notes += plan.coverage.void.map {
      "module '\($0)' has no place in the base, and would change nothing"
    }
    if plan.targets.isEmpty { warnings.append("nothing changes: the result is the base") }
  }

  private mutating func setInputs(_ members: [AdapterLibrary.Member], _ hashes: [String]) {
    inputs = members.enumerated().map { index, member in
      Self.input(member, sha256: index < hashes.count ? hashes[index] : nil)
    }
  }

  private static func input(_ member: AdapterLibrary.Member, sha256: String?) -> Input {
    var input = Input(role: "adapter", name: member.name, file: member.file.path)
    input.sha256 = sha256
    input.moduleCount = member.file.modules.count
    return input
  }

  private static func settings(of weighed: WeighedLibrary) -> [(name: String, value: String)] {
    let (weights, options) = (weighed.weights, weighed.moduleWeights.options)
    var settings = [(name: "method", value: weights.method)]
    if let encoder = weighed.encoder {
      settings += [
        ("encoder", encoder.spec), ("encoder id", encoder.id),
        ("dimension", "\(encoder.dimension)"),
      ]
    }
    if let attention = weights.attention { settings.append(("attention", attention.rawValue)) }
    if let temperature = weights.temperature { settings.append(("temperature", "\(temperature)")) }
    if let mix = weights.mix { settings.append(("mix", mix.rawValue)) }
    settings.append(("strength", "\(weights.strength)"))
    if options.textEncoderStrength != 1 {
      settings.append(("strength of text encoders", "\(options.textEncoderStrength)"))
    }
    if options.modelStrength != 1 {
      settings.append(("strength of the model", "\(options.modelStrength)"))
    }
    if let file = weighed.moduleWeights.blockWeights {
      settings.append(("block weights", "\(file.path), SHA-256 \(file.sha256)"))
    }
    if let file = weighed.moduleWeights.gates {
      settings.append(("gates", "\(file.path), SHA-256 \(file.sha256)"))
    }
    let reading = weighed.library.reading
    if reading.fixesSplitAlpha { settings.append(("fix split alpha", "yes")) }
    if let scale = reading.lokrScale { settings.append(("LoKr scale", "\(scale)")) }
    return settings
  }
}
