/// Groups the tensors of a file into modules and checks that each is whole.
struct AdapterReader {
  private let file: SafetensorsFile
  private let config: PEFTConfig?
  private var metadataConfigs: MetadataConfigs
  private var groups: [String: TensorGroup] = [:]
  /// The tensors of embeddings that are in the file too.
  private(set) var embeddings: [TensorEntry] = []
  /// Tensors that all modules of the file share.
  private var shared: [TensorRole: TensorEntry] = [:]
  private(set) var notes: [Finding] = []
  private(set) var log: FaultLog
  /// The family whose names the modules have.
  private(set) var family: FamilyNames?
  private(set) var rescaledCount = 0

  /// Reads `file`; a `log` that collects lets the reading go on with the next module after a fault.
  init(_ file: SafetensorsFile, config: PEFTConfig?, log: FaultLog) {
    self.file = file
    self.config = config
    self.log = log
    metadataConfigs = MetadataConfigs(
      MetadataConfig(file.header.metadata, file: file.path))
  }

  private func fault(
    _ place: String?, _ problem: String, remedy: String? = nil,
    kind: FormatError.Kind = .unacceptable, code: FindingCode
  ) -> FormatError {
    FormatError(
      kind, file: file.path, place: place.map { "'\(printable($0))'" }, problem, remedy: remedy,
      code: code)
  }

  /// Sorts every tensor to its module by the end of its name.
  mutating func readNames() throws(FormatError) {
    guard !file.header.tensors.isEmpty else {
      throw fault(nil, "holds no tensors", code: .noTensors)
    }
    var unknown: [TensorEntry] = []
    var isAdapter = false
    for entry in file.header.tensors {
      let name = entry.name.string
      if Self.bundledEmbedding(name) != nil {
        embeddings.append(entry)
      } else if let (stem, role) = TensorRole.split(name), belongs(entry, role, stem) {
        // The scales of Flux's norms are weights.
        let isWeight = role == .scale && entry.elementCount > 1
        let fault = add(entry, as: isWeight ? .setWeight : role, to: stem)
        if let fault { try log.report(fault) }
        isAdapter = isAdapter || !role.isCommon
      } else {
        unknown.append(entry)
      }
    }
    guard isAdapter else {
      if let format = unknown.lazy.compactMap({ ForeignAdapter.format(ofTensor: $0.name.string) })
        .first
      {
        throw fault(
          unknown.first?.name.string, "\(format) is not read", kind: .unsupported,
          code: .unsupportedFormat)
      }
      throw fault(
        unknown.first?.name.string,
        "no tensor of the file belongs to an adapter: is this a checkpoint?",
        remedy: "'lorac inspect' shows what the file holds", code: .noAdapter)
    }
    for entry in unknown {
      notes.append(
        Finding(
          .unknownTensor, place: "tensor '\(entry.name)'", "is of no known kind and is left out"))
    }
    for embedding in Set(embeddings.compactMap { Self.bundledEmbedding($0.name.string) }).sorted() {
      notes.append(
        Finding(
          .bundledEmbedding,
          "the embedding '\(printable(String(embedding)))' inside the file is no part of the "
            + "model's weights: adapters in kohya names keep it, other outputs do not"))
    }
  }

  /// The name of the embedding that a tensor `bundle_emb.NAME.KEY` is a part of.
  private static func bundledEmbedding(_ name: String) -> Substring? {
    guard name.hasPrefix("bundle_emb.") else { return nil }
    return name.dropFirst("bundle_emb.".count).prefix { $0 != "." }
  }

  /// Whether a tensor with an end that other files have too is meant here as part of an adapter.
  private func belongs(_ entry: TensorEntry, _ role: TensorRole, _ stem: String) -> Bool {
    switch role {
    case .weight:
      stem.hasPrefix(PEFTNaming.prefix) || file.entry(TensorName(stem + ".on_input")) != nil
    case .bias: stem.hasPrefix(PEFTNaming.prefix)
    case .scale: entry.elementCount == 1 || stem.hasSuffix("_norm")
    default: true
    }
  }

  /// What is wrong with `entry` in its role.
  private mutating func add(
    _ entry: TensorEntry, as role: TensorRole, to stem: String
  ) -> FormatError? {
    let isFree: Bool
    switch role {
    // Training saves copies of the base beside the factors.
    case .copyOfBase: return nil
    case .unsupported(let what):
      return fault(
        entry.name.string, "\(what) is not read by this version of lorac",
        remedy: "merge it into a LoRA with the tool that made it", kind: .unsupported,
        code: .unsupportedAlgorithm)
    case .sharedDown, .sharedUp: isFree = shared.updateValue(entry, forKey: role) == nil
    default: isFree = groups[stem, default: TensorGroup(stem: stem)].add(entry, as: role)
    }
    return isFree
      ? nil
      : fault(
        entry.name.string, "its module has this tensor under two names", code: .repeatedTensor)
  }

  /// The modules, sorted by target.
  mutating func modules(_ reading: AdapterReading) throws(FormatError) -> [AdapterModule] {
    var drafts: [ModuleDraft] = []
    drafts.reserveCapacity(groups.count)
    for group in groups.values.sorted(by: { TensorName($0.stem) < TensorName($1.stem) }) {
      do {
        drafts += try self.drafts(of: group)
      } catch {
        try log.report(error)
      }
    }
    family = FamilyNames.detect(
      drafts.filter { $0.target.awaitsFamily && !$0.isBias }
        .map { ($0.target.path, $0.algorithm.stored.weightShape) })
    var modules = drafts.map { [family] in $0.module(in: family) }
    for stranger in modules where stranger.dialect == .native && stranger.target.isFlat {
      try log.report(unknownName(stranger.stem))
    }
    modules.sort { $0.target < $1.target }
    try checkUnique(modules)
    let rescaled = try reading.rescaled(modules, of: file)
    rescaledCount = zip(modules, rescaled).count { $0.scale != $1.scale }
    notes +=
      AdapterNotes(
        of: rescaled, stored: modules, config: config, metadata: file.header.metadata
      ).findings
    return rescaled
  }

  private func unknownName(_ stem: String) -> FormatError {
    fault(
      stem, "the name is of no dialect that this version of lorac reads", kind: .unsupported,
      code: .unknownName)
  }

  private mutating func drafts(of group: TensorGroup) throws(FormatError) -> [ModuleDraft] {
    guard let (dialect, target) = Self.target(ofStem: group.stem) else {
      throw unknownName(group.stem)
    }
    var group = group
    group.shared = shared
    let fallback = try metadataConfigs.config(of: target.component)
    let config = config ?? fallback
    var reader = ModuleReader(group, dialect, target, config: config) {
      [self] entry throws(FormatError) in try number(entry)
    }
    defer { notes += reader.notes }
    do {
      return try reader.drafts()
    } catch let error as FormatError {
      throw error
    } catch let error as ModuleFault {
      throw fault(
        group.stem, error.problem, remedy: error.remedy, kind: error.kind, code: error.code)
    } catch {
      throw fault(group.stem, "\(error)", code: .refused)
    }
  }

  private static let memo = TargetMemo()

  /// What `stem` stands for in the first dialect that has such names; nil where none has.
  static func target(ofStem stem: String) -> TargetMemo.Target? {
    memo.target(ofStem: stem) { stem in
      for dialect in AdapterDialect.allCases {
        if let target = dialect.naming.target(ofStem: stem) { return (dialect, target) }
      }
      return nil
    }
  }

  private func number(_ entry: TensorEntry) throws(FormatError) -> Double {
    guard entry.shape.allSatisfy({ $0 == 1 }) else {
      throw fault(
        entry.name.string, "has shape \(entry.shape), not that of one number",
        code: .notANumber)
    }
    let value: Double?
    do {
      value = try file.copy(entry).withRawBytes { StoredScalar.value(of: $0, dtype: entry.dtype) }
    } catch let error as FormatError {
      throw error
    } catch {
      throw fault(entry.name.string, "\(error)", code: .refused)
    }
    guard let value else {
      throw fault(
        entry.name.string, "a number of type \(entry.dtype.rawValue) is not read",
        code: .notANumber)
    }
    guard value.isFinite else {
      throw fault(
        entry.name.string, "is \(value), not a finite number", code: .nonFiniteScale)
    }
    return value
  }

  /// Checks that no weight is changed by two of `modules`, which are sorted.
  private mutating func checkUnique(_ modules: [AdapterModule]) throws(FormatError) {
    let pairs = zip(modules, modules.dropFirst()).filter { $0.target == $1.target }
    for (module, next) in pairs { try log.report(repeated(next, as: module.stem)) }
    // A stack and one of its pieces are not neighbours.
    guard pairs.isEmpty, modules.contains(where: { $0.stack.pieces.count > 1 }) else { return }
    var stems: [ModuleTarget: String] = [:]
    for module in modules {
      for piece in module.stack.pieces {
        let other = stems.updateValue(module.stem, forKey: piece.target)
        if let other { try log.report(repeated(module, as: other)) }
      }
    }
  }

  private func repeated(_ module: AdapterModule, as other: String) -> FormatError {
    fault(
      module.stem, "the same module is in the file twice, also as '\(printable(other))'",
      remedy: "remove one of them: adding both would double its effect", code: .repeatedModule)
  }

  func mostFrequentDialect(of modules: [AdapterModule]) -> AdapterDialect {
    let counts = Dictionary(grouping: modules, by: \.dialect).mapValues(\.count)
    return AdapterDialect.allCases.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? .kohya
  }
}
