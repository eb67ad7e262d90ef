internal import Formats

/// Where the scales of an adapter stand beside its tensors: a PEFT configuration, or metadata.
struct ScaleRecord {
  private let file: AdapterFile
  private let modules: [ConvertedModule]
  private let foldsScale: Bool
  /// What tells the base model and the task; nil if nothing does.
  private let facts: PEFTConfig?

  /// The record of a file whose modules are written as `modules`, and that may once have had the form
  /// `source`.
  init(_ modules: [ConvertedModule], of file: AdapterFile, source: SourceForm?) {
    (self.modules, self.file, foldsScale) = (modules, file, false)
    facts = file.config ?? source?.readConfig(of: file)
  }

  /// The record of a file whose names stay.
  init(unrenamed file: AdapterFile, foldsScale: Bool, source: SourceForm? = nil) {
    (self.file, self.foldsScale) = (file, foldsScale)
    facts = file.config ?? source?.readConfig(of: file)
    modules = file.modules.compactMap { module in
      module.convertedLoRA.map { lora in
        let rank = lora.down.shape[0]
        return ConvertedModule(
          target: module.target, rank: rank,
          alpha: foldsScale ? Double(rank) : module.writtenAlpha(rank: rank),
          algorithm: module.algorithm)
      }
    }
  }

  private func written(_ modules: [ConvertedModule]) -> WrittenPEFTConfig {
    WrittenPEFTConfig(
      modules: modules.map { ($0.target.path, $0.rank, $0.alpha ?? Double($0.rank)) },
      usesDoRA: modules.contains(where: \.isDoRA),
      isFanInFanOut: file.config?.isFanInFanOut ?? false, baseModel: facts?.baseModel,
      taskType: facts?.taskType)
  }

  /// The configuration of a PEFT folder.
  ///
  /// - Throws: `FormatError` where some modules are a DoRA and others are not, as one flag tells.
  func config() throws(FormatError) -> String {
    if let plain = modules.first(where: { !$0.isDoRA }), modules.contains(where: \.isDoRA) {
      throw FormatError(
        .unsupported, file: file.path, place: "module '\(plain.target)'",
        "is no DoRA while others are, which a configuration of PEFT cannot say",
        remedy: "write --dialect diffusers or kohya")
    }
    return written(modules).document.indented + "\n"
  }

  /// The configuration that tensors alone would give a PEFT folder; nil where they do not tell all of it.
  var usualConfig: String? {
    // Alphas beside the factors have the precision of binary32.
    let isTold = modules.allSatisfy { $0.alpha == $0.alpha.map { Double(Float($0)) } }
    guard isTold, modules.count == file.modules.count else { return nil }
    var config = written(modules)
    (config.isFanInFanOut, config.baseModel, config.taskType) = (false, nil, nil)
    return config.document.indented + "\n"
  }

  /// The entry `lora_adapter_metadata` of a single file; nil where every scale is 1.
  ///
  /// One object of LoRA configurations, the names of whose members start with the component, as
  /// diffusers 0.42 writes and reads it.
  func entry(for dialect: AdapterDialect) -> String? {
    let isTransposed = file.config?.isFanInFanOut == true
    let modules = modules.filter { !$0.isTold }
    guard isTransposed || modules.contains(where: { $0.scale != 1 }) else { return nil }
    var members: [(String, JSONValue)] = []
    for component in Set(modules.map(\.target.component)).sorted() {
      let own = modules.filter { $0.target.component == component }
      let isBare = dialect == .peft || component == .model
      let prefix = isBare ? "" : component.rawValue + "."
      members += written(own).members.map { (prefix + $0.0, $0.1) }
    }
    return JSONValue.object(pairs: members).compact
  }

  /// What web UIs show of a file whose scales are 1 now.
  func adapt(_ metadata: inout [String: String]) {
    guard metadata["ss_network_alpha"] != nil else { return }
    let ranks = Set(modules.map(\.rank))
    metadata["ss_network_alpha"] = ranks.count == 1 ? ranks.first.map(String.init) : "Dynamic"
  }

  // MARK: Files whose names stay

  private static let limit = 16 << 20

  /// The text of the configuration that the input has.
  private func storedConfig() throws(FormatError) -> String? {
    try Self.configText(of: file) ?? file.metadata[MetadataEdits.scaleKey]
  }

  /// The text of the configuration beside `file`; nil if there is none.
  static func configText(of file: AdapterFile) throws(FormatError) -> String? {
    guard file.config != nil, file.files.count > 1 else { return nil }
    return String(decoding: try Folder.bytes(ofFile: file.files[1], limit: limit), as: UTF8.self)
  }

  /// The configuration of a folder in the names of the input, which is PEFT's; in the spelling of
  /// `source` if it says the same.
  func unrenamedConfig(as source: SourceForm?) throws(FormatError) -> String {
    if !foldsScale, let stored = try storedConfig() {
      let compact = try Self.compact(stored)
      if let config = source?.config(where: { $0.compact == compact }) { return config }
      // Of a configuration that lorac wrote a single file keeps the members.
      guard let usual = usualConfig, try Self.compact(usual) == compact else { return stored }
      return usual
    }
    try checkLoRA()
    return try config()
  }

  /// The entry `lora_adapter_metadata` of a file in the names of the input.
  func unrenamedEntry(isFolder: Bool) throws(FormatError) -> String? {
    guard !isFolder else { return nil }
    guard !foldsScale else {
      guard file.config != nil else { return nil }
      try checkLoRA()
      return entry(for: .peft)
    }
    guard file.config != nil, let stored = try storedConfig() else {
      return file.metadata[MetadataEdits.scaleKey]
    }
    let document = try JSONValue(parsing: Array(stored.utf8), file: file.files[1])
    // By these two members a reader knows the entry.
    guard document["r"] != nil || document["lora_alpha"] != nil else {
      throw FormatError(
        .unsupported, file: file.path, "its configuration has no place in a single file",
        remedy: "write a folder: -o NAME/")
    }
    return document.compact
  }

  private static func compact(_ text: String) throws(FormatError) -> String {
    try JSONValue(parsing: Array(text.utf8), file: "").compact
  }

  private func checkLoRA() throws(FormatError) {
    guard let other = file.modules.first(where: { $0.convertedLoRA == nil }) else { return }
    throw FormatError(
      .unsupported, file: file.path, place: "module '\(other.target)'",
      "\(other.algorithm.stored.name) needs the configuration that its library wrote",
      remedy: file.config == nil
        ? "leave out --fold-alpha, or convert a folder that has its adapter_config.json"
        : "leave out --fold-alpha")
  }
}
