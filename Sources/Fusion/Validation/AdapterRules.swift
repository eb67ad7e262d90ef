internal import Formats

/// What no single module shows: whether all of an adapter fits together, and what merging says of it.
struct AdapterRules {
  private let adapter: AdapterFile
  /// The base model that it should fit, where one is given.
  private let base: Checkpoint?

  init(_ adapter: AdapterFile, base: Checkpoint?) { (self.adapter, self.base) = (adapter, base) }

  var findings: [Finding] {
    [families, dialects, rank, baseVersion].compactMap(\.self)
      + (base.map { BaseRules(adapter, base: $0).findings + [void].compactMap(\.self) } ?? refusal)
  }

  private var void: Finding? {
    guard adapter.modules.allSatisfy({ $0.scale.value == 0 }) else { return nil }
    return Finding(.noEffect, "every module has alpha 0, so the adapter changes nothing")
  }

  /// The widths of text that cross attention reads, and the transformers beside UNets.
  private var families: Finding? {
    var (widths, networks): ([Int: Int], [ModelComponent: Int]) = ([:], [:])
    for module in adapter.modules {
      let target = module.target
      guard target.component == .unet || target.component == .transformer else { continue }
      networks[target.component, default: 0] += 1
      let readsText = target.path.hasSuffix("attn2.to_k") || target.path.hasSuffix("attn2.to_v")
      if target.component == .unet, target.parameter == .weight, readsText,
        let width = module.inFeatures
      {
        widths[width, default: 0] += 1
      }
    }
    if widths.count > 1 {
      return Finding(
        .mixedFamilies,
        "its cross attention reads texts of different widths: "
          + list(widths) { "width \($0)" })
    }
    guard networks.count > 1 else { return nil }
    return Finding(
      .mixedFamilies,
      "its modules are of different networks: " + list(networks) { "a \($0.rawValue)" })
  }

  private var dialects: Finding? {
    var dialects: [String: Int] = [:]
    for module in adapter.modules { dialects[module.dialect.rawValue, default: 0] += 1 }
    guard dialects.count > 1 else { return nil }
    return Finding(
      .mixedDialects, "its modules have names of different dialects: " + list(dialects) { $0 })
  }

  private func list<Value: Comparable>(
    _ counts: [Value: Int], _ name: (Value) -> String
  ) -> String {
    counts.sorted { $0.key < $1.key }.map { "\($1) of \(name($0))" }.joined(separator: ", ")
  }

  private var rank: Finding? {
    guard let text = adapter.metadata["ss_network_dim"], let said = Int(text) else { return nil }
    let ranks = Set(adapter.modules.compactMap(\.rank))
    // Parts that were trained apart and stored as one have a multiple.
    guard !ranks.isEmpty, said > 0, !ranks.contains(where: { $0.isMultiple(of: said) }) else {
      return nil
    }
    let found = ranks.sorted().prefix(8).map(String.init).joined(separator: ", ")
    return Finding(
      .metadataDisagrees, place: "metadata 'ss_network_dim'",
      "is \(said), and no module has that rank: they have \(found)")
  }

  private static let versions = [
    ("sdxl", "SDXL"), ("sd_v1", "SD 1.x"), ("sd_v2", "SD 2.x"), ("flux", "Flux"),
  ]

  private var baseVersion: Finding? {
    let key = "ss_base_model_version"
    guard let said = adapter.metadata[key]?.lowercased(),
      let expected = Self.versions.first(where: { said.hasPrefix($0.0) })?.1
    else { return nil }
    let family = ModelFamily(modules: adapter.modules, names: adapter.family, metadata: [:])
    guard let name = family.name, Self.versions.contains(where: { name.hasPrefix($0.1) }),
      !name.hasPrefix(expected)
    else { return nil }
    return Finding(
      .metadataDisagrees, place: "metadata '\(key)'",
      "is '\(printable(said))', and the modules are for \(name) (\(family.evidence))")
  }

  /// What merging the adapter with itself alone says before it reads a weight.
  private var refusal: [Finding] {
    let needing = adapter.modules.filter(\.algorithm.needsBase)
    if let first = needing.first {
      let names = Set(needing.map(\.algorithm.stored.name)).sorted().joined(separator: ", ")
      return [
        Finding(
          .needsBase, place: "'\(printable(first.stem))'",
          "is \(needing.count == 1 ? "a module" : "the first of \(needing.count) modules") that "
            + "act\(needing.count == 1 ? "s" : "") on the weights of the base model: \(names)")
      ]
    }
    guard !isPlain else { return [] }
    do {
      let plan = try MergePlan(
        AdapterLibrary(of: adapter), weights: ModuleWeights([1]), options: MergeOptions(),
        isBare: true)
      try AdapterOutput.checkNames(of: plan, output: adapter.path)
      return []
    } catch let error as FormatError {
      return [Finding(error, path: adapter.path)]
    } catch {
      return [void ?? Finding(.refused, "\(error)")]
    }
  }

  /// Whether merging has nothing to refuse, as it writes every module under the name that it has: LoRAs of
  /// whole weights, in names that need no table.
  ///
  /// Most adapters are like this, and a plan of the merge would take a fifth of the time of their headers.
  private var isPlain: Bool {
    switch adapter.dialect {
    case .kohya:
      guard adapter.family == nil, !NamingStyle(for: [adapter]).usesOriginalUNetNames else {
        return false
      }
    case .diffusers: break
    case .peft, .native: return false
    }
    return adapter.config == nil && !adapter.modules.isEmpty
      && adapter.modules.allSatisfy { isPlain($0) }
  }

  private func isPlain(_ module: AdapterModule) -> Bool {
    guard case .lora(let lora) = module.algorithm, lora.mid == nil,
      module.dialect == adapter.dialect, module.layout == .asDescribed,
      module.stack == ModuleStack(module.target)
    else { return false }
    let scale = module.scale.value
    let alpha = scale * Double(lora.down.shape[0])
    switch module.target.component {
    case .model, .transformer2: return false
    case .unet, .transformer, .textEncoder, .textEncoder2, .textEncoder3:
      return module.target.parameter == .weight && !module.target.isFlat && scale != 0
        && Float(scale).isFinite && Float(alpha).isFinite
    }
  }
}
