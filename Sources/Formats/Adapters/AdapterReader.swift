/// Groups the tensors of a file into modules and checks that each is whole.
struct AdapterReader {
  private let file: SafetensorsFile
  private let config: LoRAConfig?
  private let metadataConfig: MetadataConfig?
  private var groups: [String: Group] = [:]
  private(set) var warnings: [String] = []

  /// The tensors that share a stem.
  private struct Group {
    var (down, up, alpha): (TensorEntry?, TensorEntry?, TensorEntry?)
  }

  init(_ file: SafetensorsFile, config: LoRAConfig?) {
    self.file = file
    self.config = config
    metadataConfig = MetadataConfig(file.header.metadata, file: file.path)
  }

  private func fault(
    _ place: String?, _ problem: String, remedy: String? = nil,
    kind: FormatError.Kind = .unacceptable
  ) -> FormatError {
    FormatError(
      kind, file: file.path, place: place.map { "'\(printable($0))'" }, problem, remedy: remedy)
  }

  /// Sorts every tensor to its module by the end of its name.
  mutating func readNames() throws(FormatError) {
    guard !file.header.tensors.isEmpty else { throw fault(nil, "holds no tensors") }
    var unknown: [TensorEntry] = []
    for entry in file.header.tensors {
      guard let (stem, role) = TensorRole.split(entry.name.string) else {
        unknown.append(entry)
        continue
      }
      try add(entry, as: role, to: stem)
    }
    guard !groups.isEmpty else {
      throw fault(
        unknown.first?.name.string,
        "no tensor of the file belongs to an adapter: is this a checkpoint?",
        remedy: "'lorac inspect' shows what the file holds")
    }
    try report(unknown)
  }

  private mutating func add(
    _ entry: TensorEntry, as role: TensorRole, to stem: String
  ) throws(FormatError) {
    let name = entry.name.string
    let isRepeated: Bool
    switch role {
    case .unsupported(let algorithm):
      throw fault(
        name, "\(algorithm) is not read by this version of lorac", remedy: Self.merge,
        kind: .unsupported)
    case .down:
      isRepeated = groups[stem]?.down != nil
      groups[stem, default: Group()].down = entry
    case .up:
      isRepeated = groups[stem]?.up != nil
      groups[stem, default: Group()].up = entry
    case .alpha:
      isRepeated = groups[stem]?.alpha != nil
      groups[stem, default: Group()].alpha = entry
    }
    guard !isRepeated else { throw fault(name, "its module has this factor under two names") }
  }

  private static let merge = "merge it into a LoRA with the tool that made it"

  /// Whole weights beside the factors change the model too, so they stop the reading; names that
  /// mean nothing known are reported.
  private mutating func report(_ unknown: [TensorEntry]) throws(FormatError) {
    let bundled = unknown.first { $0.name.string.hasPrefix("bundle_emb.") }
    if let bundled {
      throw fault(
        bundled.name.string, "embeddings inside an adapter are not read by this version",
        kind: .unsupported)
    }
    // Training saves copies of the base beside the factors; they change nothing.
    let unknown = unknown.filter {
      let name = $0.name.string
      return !name.hasSuffix(".base_layer.weight") && !name.contains(".original_module.")
    }
    let whole = unknown.first {
      let name = $0.name.string
      return name.hasPrefix(PEFTNaming.prefix)
        && (name.hasSuffix(".weight") || name.hasSuffix(".bias"))
    }
    if let whole {
      throw fault(
        whole.name.string,
        "whole weights (modules_to_save, bias) are not read by this version of lorac",
        kind: .unsupported)
    }
    for entry in unknown {
      warnings.append("tensor '\(entry.name)' is of no known kind and is left out")
    }
  }

  /// The modules, sorted by target.
  mutating func modules() throws(FormatError) -> [AdapterModule] {
    var modules: [AdapterModule] = []
    modules.reserveCapacity(groups.count)
    for (stem, group) in groups.sorted(by: { TensorName($0.key) < TensorName($1.key) }) {
      modules.append(try module(stem, group))
    }
    modules.sort { $0.target < $1.target }
    for (module, next) in zip(modules, modules.dropFirst()) where module.target == next.target {
      throw fault(
        module.stem, "the same module is in the file twice, also as '\(printable(next.stem))'",
        remedy: "remove one of them: adding both would double its effect")
    }
    noteScales(of: modules)
    return modules
  }

  private mutating func module(_ stem: String, _ group: Group) throws(FormatError) -> AdapterModule
  {
    guard let (dialect, target) = Self.target(ofStem: stem) else {
      throw fault(
        stem, "the name is of no dialect that this version of lorac reads", kind: .unsupported)
    }
    guard let down = group.down, let up = group.up else {
      let missing =
        switch (group.down, group.up) {
        case (nil, nil): "has an alpha, but no factors"
        case (nil, _): "has an up factor (lora_up, lora_B) without its down"
        default: "has a down factor (lora_down, lora_A) without its up"
        }
      throw fault(stem, missing, remedy: SafetensorsHeader.redownload)
    }
    try checkFactors(stem, down, up)
    var alpha: Double?
    if let entry = group.alpha { alpha = try scalar(entry) }
    let path = target.path
    let fallback = try metadataConfig?.config(of: target.component)
    let configured = (config ?? fallback)?.alpha(of: path)
    if alpha != nil, let configured, configured.source == .metadata {
      throw fault(stem, "has an alpha both as a tensor and in lora_adapter_metadata")
    }
    if let config, config.rank(of: path) != down.shape[0] {
      throw fault(
        stem, "has rank \(down.shape[0]), but adapter_config.json says \(config.rank(of: path))",
        remedy: "the configuration belongs to another file, or was edited")
    }
    let scale = AdapterScale(rank: down.shape[0], alphaTensor: alpha, configured: configured)
    guard scale.value.isFinite else {
      throw fault(
        stem, "its alpha is not a finite number", remedy: "set the right alpha and try again")
    }
    return AdapterModule(
      target: target, stem: stem, dialect: dialect, down: down, up: up, scale: scale)
  }

  private static func target(ofStem stem: String) -> (AdapterDialect, ModuleTarget)? {
    for dialect in AdapterDialect.allCases {
      if let target = dialect.naming.target(ofStem: stem) { return (dialect, target) }
    }
    return nil
  }

  private func checkFactors(
    _ stem: String, _ down: TensorEntry, _ up: TensorEntry
  ) throws(FormatError) {
    for entry in [down, up] {
      guard [.f32, .f16, .bf16].contains(entry.dtype) else {
        throw fault(
          entry.name.string, "factors of type \(entry.dtype.rawValue) are not read by this version",
          remedy: "F32, F16 and BF16 are")
      }
    }
    guard (2...5).contains(down.shape.count), up.shape.count >= 2,
      up.shape.dropFirst(2).allSatisfy({ $0 == 1 })
    else {
      throw fault(
        stem, "its factors have the shapes \(down.shape) and \(up.shape), not two matrices")
    }
    guard down.shape[0] > 0, down.elementCount > 0, up.elementCount > 0 || up.shape[0] > 0 else {
      throw fault(stem, "has rank 0")
    }
    guard max(up.shape[0], down.shape.dropFirst().reduce(1, *)) <= Int(Int32.max) else {
      throw fault(stem, "its factors \(down.shape) and \(up.shape) are too large to multiply")
    }
    guard up.shape[1] == down.shape[0] else {
      throw fault(
        stem,
        "its down factor \(down.shape) has rank \(down.shape[0]), its up factor \(up.shape) "
          + "has rank \(up.shape[1])")
    }
  }

  private mutating func scalar(_ entry: TensorEntry) throws(FormatError) -> Double {
    guard entry.shape.allSatisfy({ $0 == 1 }) else {
      throw fault(entry.name.string, "has shape \(entry.shape), not that of one number")
    }
    let value: Double?
    do {
      value = try file.copy(entry).withRawBytes { StoredScalar.value(of: $0, dtype: entry.dtype) }
    } catch let error as FormatError {
      throw error
    } catch {
      throw fault(entry.name.string, "\(error)")
    }
    guard let value else {
      throw fault(entry.name.string, "an alpha of type \(entry.dtype.rawValue) is not read")
    }
    guard value.isFinite else {
      throw fault(entry.name.string, "is \(value), not a finite number")
    }
    if value <= 0 {
      warnings.append(
        "'\(entry.name)' is \(value): "
          + (value == 0 ? "the module has no effect" : "the module acts in reverse"))
    }
    return value
  }

  private mutating func noteScales(of modules: [AdapterModule]) {
    let without = modules.count { $0.scale.source == .absent && $0.dialect != .diffusers }
    guard without > 0 else { return }
    warnings.append(
      "\(without) of \(modules.count) modules have no alpha: their scale is taken as 1")
  }

  func mostFrequentDialect(of modules: [AdapterModule]) -> AdapterDialect {
    let counts = Dictionary(grouping: modules, by: \.dialect).mapValues(\.count)
    return AdapterDialect.allCases.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? .kohya
  }
}
