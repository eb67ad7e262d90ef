internal import Formats
internal import LinearAlgebra

/// Names the tensors of an adapter in another dialect.
///
/// Factors are copied. What one dialect keeps in one module and another in several is divided, or
/// put together, by moving rows and columns: parts that share their lower factor keep sharing it,
/// and columns that are zero in the rows of a part stay away. So the way back gives the same bytes.
struct DialectConversion {
  let file: AdapterFile
  let dialect: AdapterDialect
  let options: ConversionOptions
  private let style: NamingStyle
  /// The numbers beside the factors that the file had in the dialect; nil where lorac's own are written.
  private var numbers: ScaleNumbers?
  /// Whether modules that are of the dialect keep the names they have.
  private let keepsNames: Bool
  /// The configuration that says what tensors of PEFT are that are no LoRA; nil if there is none.
  private let config: PEFTConfig?
  private(set) var tensors: [ConvertedTensor] = []
  private(set) var modules: [ConvertedModule] = []
  /// What is written as it is, and no LoRA.
  private(set) var others: [AdapterModule] = []
  /// The tensors of the input that have become part of the output.
  private var used: Set<TensorName> = []

  /// - Parameters:
  ///   - file: the input.
  ///   - dialect: that of the output.
  ///   - options: what else changes.
  ///   - keepsNames: whether modules that are of the dialect keep the names they have.
  ///   - source: what is known of the form that the file had in the dialect.
  ///   - config: the configuration beside the output that says what its tensors are.
  init(
    _ file: AdapterFile, to dialect: AdapterDialect, _ options: ConversionOptions,
    keepsNames: Bool = true, source: SourceForm?, config: PEFTConfig? = nil
  ) {
    (self.file, self.dialect, self.options) = (file, dialect, options)
    (self.keepsNames, self.config) = (keepsNames, config)
    let usual = NamingStyle(for: [file])
    style = source?.style(besides: usual) ?? usual
    // Beside a configuration they would count twice.
    numbers = dialect == .peft ? nil : source?.numbers
  }

  mutating func convert() throws {
    try nameModules()
    // An entry that tells the scales of some would be read as that of all.
    let told = modules.count(where: \.isTold)
    guard dialect.naming.alphaSuffix == nil, told > 0, told < modules.count else { return }
    (tensors, modules, others, used, numbers) = ([], [], [], [], nil)
    try nameModules()
  }

  private mutating func nameModules() throws {
    try checkComponents()
    // Only LoRA can meet others by rows; the rest is as it is, or refused by name.
    for module in file.modules {
      for entry in module.tensors + file.scaleTensors(ofStem: module.stem) {
        used.insert(entry.name)
      }
    }
    if let stranger = file.tensors.header.tensors.first(where: { !used.contains($0.name) }) {
      throw FormatError(
        .unsupported, file: file.path, place: "tensor '\(stranger.name)'",
        "belongs to no module, and has no name in the dialect '\(dialect.rawValue)'",
        remedy: "leave out --dialect to copy it")
    }
    let member = AdapterLibrary.Member(name: file.path, file: file)
    let style = style
    let isKohya = dialect == .kohya
    let union = try ModuleUnion(of: [member], active: [0]) { target, shape in
      isKohya ? style.kohyaStack(of: target, shape: shape) : ModuleStack(target)
    }
    for unit in union.units {
      let first = unit.entries[0].module
      if unit.entries.count == 1, first.stack.pieces == unit.stack.pieces,
        first.stack.swapsHalves == unit.stack.swapsHalves
      {
        try add(first, as: unit.target)
      } else {
        try add(unit)
      }
    }
  }

  private func checkComponents() throws(FormatError) {
    let components = Set(file.modules.map(\.target.component)).sorted()
    guard dialect == .peft, components.count > 1 else { return }
    throw FormatError(
      .unsupported, file: file.path,
      "an adapter in the dialect 'peft' is for one model; the modules are of "
        + components.map(\.rawValue).joined(separator: ", "),
      remedy: "write --dialect diffusers or kohya")
  }

  private func stem(of target: ModuleTarget, _ module: AdapterModule) throws(FormatError) -> String
  {
    if keepsNames, module.dialect == dialect, module.target == target { return module.stem }
    guard let stem = dialect.naming.stem(of: target, style: style) else {
      throw file.cannotRename(
        module, to: dialect, "has no name", remedy: "choose another --dialect")
    }
    // A flattened name of an unknown family could not be read as the same module again.
    let read = dialect.naming.target(ofStem: stem)
    guard read?.isFlat != true || target.isFlat || file.family != nil else {
      throw file.cannotRename(
        module, to: dialect, "would not be recognised by its name",
        remedy: "choose another --dialect")
    }
    return stem
  }

  private func written(_ entry: TensorEntry) -> DType {
    FloatFormat(entry.dtype) == nil ? entry.dtype : options.dtype ?? entry.dtype
  }

  private mutating func add(
    _ entry: TensorEntry, as name: String, shape: [Int]? = nil, times multiplier: Float? = nil
  ) {
    tensors.append(
      ConvertedTensor(
        name: name, dtype: written(entry), shape: shape ?? entry.shape,
        content: .stored(entry, multiplier: multiplier ?? 1)))
  }

  /// Adds the alpha beside the factors, where the dialect keeps it there, or what the file had there;
  /// an `alpha` of nil is the `rank`.
  ///
  /// - Returns: whether it tells the scale, so that nothing else has to.
  private mutating func addAlpha(
    _ alpha: Double?, of rank: Int, _ stem: String, like entry: TensorEntry
  ) -> Bool {
    let value = alpha ?? Double(rank)
    if let numbers = numbers?.numbers(of: stem, rank: rank, scale: value / Double(rank)) {
      tensors += numbers.map {
        ConvertedTensor(
          name: stem + $0.suffix, dtype: $0.dtype, shape: $0.shape, content: .number($0.value))
      }
      return true
    }
    guard let suffix = dialect.naming.alphaSuffix else { return false }
    tensors.append(
      ConvertedTensor(
        name: stem + suffix, dtype: value.narrowType(written(entry)), shape: [],
        content: .number(value)))
    return true
  }

  // MARK: Modules that stay what they are

  private mutating func add(_ module: AdapterModule, as target: ModuleTarget) throws {
    let folded =
      options.foldsScale
      ? try ScaleFolding(file: file, dtype: options.dtype).multipliers(of: module) : [:]
    guard module.target.parameter == .weight else {
      throw file.cannotRename(module, to: dialect, "changes a bias, which has no name")
    }
    if let lora = module.convertedLoRA {
      let stem = try stem(of: target, module)
      try add(lora, of: module, stem, folded)
      if case .dora(let dora) = module.algorithm { try addMagnitudes(dora, of: module, stem) }
      let rank = lora.down.shape[0]
      let alpha = options.foldsScale ? Double(rank) : module.writtenAlpha(rank: rank)
      let isTold = addAlpha(alpha, of: rank, stem, like: lora.down)
      modules.append(
        ConvertedModule(
          target: target, rank: rank, alpha: alpha, algorithm: module.algorithm, isTold: isTold))
      return
    }
    try addLyCORIS(module, as: target, folded)
  }

  private mutating func add(
    _ lora: LoRA, of module: AdapterModule, _ stem: String, _ folded: [TensorName: Float]
  ) throws(FormatError) {
    guard module.layout != .embedding else {
      throw file.cannotRename(module, to: dialect, "is an embedding, which has no name")
    }
    let naming = dialect.naming
    add(lora.down, as: stem + naming.downSuffix, times: folded[lora.down.name])
    add(lora.up, as: stem + naming.upSuffix, times: folded[lora.up.name])
    guard let mid = lora.mid else { return }
    guard dialect == .kohya else {
      throw file.cannotRename(
        module, to: dialect, "its core (lora_mid) has no name", remedy: Self.asLoRA)
    }
    add(mid, as: stem + ".lora_mid.weight")
  }

  private static let asLoRA =
    "'lorac merge FILE --method linear' writes the same change as a plain LoRA"

  private mutating func addMagnitudes(
    _ dora: DoRA, of module: AdapterModule, _ stem: String
  ) throws(FormatError) {
    let count = dora.magnitudes.elementCount
    let kernel = (module.weightShape ?? []).dropFirst(2).map { _ in 1 }
    if dialect == .kohya {
      let shape = dora.axis == .output ? [count, 1] + kernel : dora.magnitudes.shape
      add(dora.magnitudes, as: stem + ".dora_scale", shape: shape)
      return
    }
    guard dora.axis == .output else {
      throw file.cannotRename(module, to: dialect, "magnitudes along the inputs have no name")
    }
    add(
      dora.magnitudes, as: stem + ".lora_magnitude_vector",
      shape: kernel.isEmpty ? [count] : [1, count] + kernel)
  }

  /// LoHa and LoKr, whose tensors are called alike in kohya's and PEFT's names.
  private mutating func addLyCORIS(
    _ module: AdapterModule, as target: ModuleTarget, _ folded: [TensorName: Float]
  ) throws {
    let name = module.algorithm.stored.name
    let isNamed =
      switch module.algorithm {
      case .loha, .lokr:
        dialect == .kohya
          || dialect == .peft && config?.isConfiguration(of: module.algorithm) == true
      default: false
      }
    guard isNamed else {
      throw file.cannotRename(
        module, to: dialect, "\(name) has no name",
        remedy: module.algorithm.needsBase ? "choose another --dialect" : Self.asLoRA)
    }
    let rank = module.rank
    // Readers of kohya's names ignore the alpha of two whole matrices.
    guard rank != nil || options.foldsScale || module.scale.value == 1 else {
      throw file.cannotRename(
        module, to: dialect, "the scale of a LoKr of whole matrices has no place",
        remedy: "write it with --fold-alpha")
    }
    let stem = try stem(of: target, module)
    for entry in module.tensors {
      let suffix = String(entry.name.string.dropFirst(module.stem.count))
      add(entry, as: stem + suffix, times: folded[entry.name])
    }
    let alpha = options.foldsScale ? nil : module.writtenAlpha(rank: rank ?? 1)
    _ = addAlpha(alpha, of: rank ?? 1, stem, like: module.tensors[0])
    others.append(module)
  }

  /// Checks that nothing was named by a configuration, where that is not written.
  func checkNames() throws(FormatError) {
    guard dialect == .peft, let module = others.first else { return }
    throw file.cannotRename(
      module, to: dialect, "\(module.algorithm.stored.name) has no name",
      remedy: options.foldsScale
        ? "leave out --fold-alpha, so that its former configuration holds" : Self.asLoRA)
  }

  // MARK: Modules that are divided or put together

  private mutating func add(_ unit: ModuleUnion.Unit) throws {
    for module in unit.entries.map(\.module) where module.storedFactors == nil {
      throw file.cannotRename(
        module, to: dialect,
        "\(module.algorithm.stored.name) of \(module.stack.pieces.count) weights in one cannot be "
          + "divided", remedy: Self.asLoRA)
    }
    // Where no rank does anything in these rows, there is nothing to write.
    guard let parts = try ConvertedParts(unit, of: file), let shape = unit.weightShape else {
      return
    }
    let stem = try stem(of: unit.target, parts.first.module)
    let scale = options.foldsScale ? 1 : parts.scale
    let folding =
      options.foldsScale ? ScaleFolding(file: file, dtype: options.dtype) : nil
    let blocks = try parts.blocks(folding)
    let types = Set(parts.tensors.map(written))
    let dtype = types.count == 1 ? types.first ?? .f32 : .f32
    let (naming, rank) = (dialect.naming, parts.rank)
    tensors += [
      ConvertedTensor(
        name: stem + naming.downSuffix, dtype: dtype, shape: [rank] + shape.dropFirst(),
        content: .blocks(blocks.down)),
      ConvertedTensor(
        name: stem + naming.upSuffix, dtype: dtype,
        shape: [shape[0], rank] + shape.dropFirst(2).map { _ in 1 }, content: .blocks(blocks.up)),
    ]
    let alpha = options.foldsScale ? Double(rank) : parts.alpha(scale: scale)
    let isTold = addAlpha(alpha, of: rank, stem, like: parts.first.down)
    modules.append(
      ConvertedModule(
        target: unit.target, rank: rank, alpha: alpha, algorithm: parts.first.module.algorithm,
        isTold: isTold))
  }
}
