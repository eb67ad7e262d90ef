internal import Formats

/// What of the old form says the same as the tensors do now.
extension SourceForm {
  /// The tensors with the names that they had, if those would be read alike.
  func named(_ tensors: [ConvertedTensor], of file: AdapterFile) -> [ConvertedTensor] {
    guard !names.isEmpty else { return tensors }
    let renamed = tensors.map { tensor in
      ConvertedTensor(
        name: names.name(of: tensor.name), dtype: tensor.dtype, shape: tensor.shape,
        content: tensor.content)
    }
    let isSound =
      Set(renamed.map(\.name)).count == tensors.count
      && keepsModules(zip(tensors, renamed).map { ($0.name, $1.name) })
      && zip(tensors, renamed).allSatisfy { AdapterFile.isSame($0.name, $1.name, in: file.family) }
    return isSound ? renamed : tensors
  }

  /// Whether tensors of one module have one stem in both names of each pair.
  private func keepsModules(_ pairs: [(String, String)]) -> Bool {
    var stems: [String: String] = [:]
    return pairs.allSatisfy { written, renamed in
      let other = NameMap.parts(of: renamed).stem
      return stems.updateValue(other, forKey: NameMap.parts(of: written).stem) ?? other == other
    }
  }

  /// The configuration; nil if there is none that can be read.
  func readConfig(of file: AdapterFile) -> PEFTConfig? {
    config.flatMap { try? PEFTConfig(text: Array($0.utf8), file: file.path) }
  }

  /// The text of the configuration, if what it says as JSON passes `test`.
  func config(where test: (JSONValue) -> Bool) -> String? {
    guard let config, let document = try? JSONValue(parsing: Array(config.utf8), file: ""),
      test(document)
    else { return nil }
    return config
  }

  /// The text of the configuration, if it gives the modules of `conversion` their ranks and scales.
  func config(of conversion: DialectConversion) -> String? {
    readConfig(of: conversion.file).flatMap { read in
      conversion.agrees { _ in read } ? config : nil
    }
  }

  /// The entry `lora_adapter_metadata`, if it gives the modules of `conversion` their ranks and scales.
  func scaleEntry(of conversion: DialectConversion) -> String? {
    let file = conversion.file.path
    if let entry = metadata[MetadataEdits.scaleKey] {
      let config = MetadataConfig([MetadataEdits.scaleKey: entry], file: file)
      return conversion.agrees { try? config?.config(of: $0) } ? entry : nil
    }
    guard dialect == .peft, let config = config(of: conversion) else { return nil }
    let document = try? JSONValue(parsing: Array(config.utf8), file: file)
    // By these two members a reader knows the entry.
    guard document?["r"] != nil || document?["lora_alpha"] != nil else { return nil }
    return document?.compact
  }
}

extension DialectConversion {
  /// Whether the configurations, each of a component, say of all modules what they are.
  fileprivate func agrees(with config: (ModelComponent) -> PEFTConfig?) -> Bool {
    var configs: [ModelComponent: PEFTConfig] = [:]
    for component in Set(file.modules.map(\.target.component)) {
      guard let config = config(component),
        config.isFanInFanOut == (file.config?.isFanInFanOut ?? false)
      else { return false }
      configs[component] = config
    }
    func agrees(
      _ target: ModuleTarget, _ algorithm: ModuleAlgorithm, _ rank: Int?, _ scale: Double
    ) -> Bool {
      guard let config = configs[target.component], config.isConfiguration(of: algorithm),
        let stated = config.scale(of: target.path, rank: rank)
      else { return false }
      // Beside the factors, scales have the precision of binary32.
      return abs(stated - scale) <= 1e-6 * abs(scale)
    }
    return modules.allSatisfy { agrees($0.target, $0.algorithm, $0.rank, $0.scale) }
      && others.allSatisfy {
        agrees($0.target, $0.algorithm, $0.rank, options.foldsScale ? 1 : $0.scale.value)
      }
  }
}
