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
  /// How the alphas were stored before the file had names without them.
  private let alphaForm: AlphaForm?
  private(set) var tensors: [ConvertedTensor] = []
  private(set) var modules: [ConvertedModule] = []
  /// The tensors of the input that have become part of the output.
  private var used: Set<TensorName> = []

  init(_ file: AdapterFile, to dialect: AdapterDialect, _ options: ConversionOptions) {
    (self.file, self.dialect, self.options) = (file, dialect, options)
    style = NamingStyle(for: [file])
    alphaForm = file.metadata[AlphaForm.key].flatMap(AlphaForm.init(rawValue:))
  }

  mutating func convert() throws {
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
    if module.dialect == dialect, module.target == target { return module.stem }
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

  /// The scale beside the factors, where the dialect keeps it there.
  ///
  /// `isImplied` where readers take the same alpha if there is none.
  private mutating func addAlpha(
    _ alpha: Double, _ stem: String, like entry: TensorEntry, isImplied: Bool
  ) {
    guard let suffix = dialect.naming.alphaSuffix else { return }
    if alphaForm == .absent, isImplied { return }
    let preferred = alphaForm?.dtype ?? written(entry)
    tensors.append(
      ConvertedTensor(
        name: stem + suffix, dtype: alpha.narrowType(preferred), shape: [],
        content: .number(alpha)))
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
      addAlpha(
        alpha ?? Double(rank), stem, like: lora.down,
        isImplied: (alpha ?? Double(rank)) == Double(rank))
      modules.append(
        ConvertedModule(
          target: target, rank: rank, alpha: alpha,
          isDoRA: module.algorithm.id == "dora"))
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
      case .loha, .lokr: dialect == .kohya
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
    let divisor = Double(rank ?? 1)
    let alpha = options.foldsScale ? nil : module.writtenAlpha(rank: rank ?? 1)
    addAlpha(alpha ?? divisor, stem, like: module.tensors[0], isImplied: false)
  }

  // MARK: Modules that are divided or put together

  private mutating func add(_ unit: ModuleUnion.Unit) throws {
    let parts = try unit.entries.map { try Part($0, file: file) }
    for part in parts where part.module.storedFactors == nil {
      throw file.cannotRename(
        part.module, to: dialect,
        "\(part.module.algorithm.stored.name) of \(part.module.stack.pieces.count) weights in one "
          + "cannot be divided", remedy: Self.asLoRA)
    }
    let kept = parts.filter { !$0.columns.isEmpty }
    // Rows of a part that the whole does not touch: there is nothing to write.
    guard let first = kept.first, let shape = unit.weightShape else { return }
    let stem = try stem(of: unit.target, first.module)
    let scale =
      options.foldsScale ? 1 : kept.map(\.module.scale.value).max { abs($0) < abs($1) } ?? 1
    let divisor = scale == 0 ? 1 : scale
    let shares = try kept.count > 1 && Self.shareDown(kept, file)
    let rank = shares ? first.columns.count : kept.reduce(0) { $0 + $1.columns.count }
    var (down, up): ([ConvertedTensor.Block], [ConvertedTensor.Block]) = ([], [])
    var column = 0
    for (index, part) in kept.enumerated() {
      if !shares || index == 0 {
        for (row, source) in part.columns.enumerated() {
          down.append(
            .init(
              entry: part.down, rows: source..<source + 1, columns: nil, firstRow: column + row,
              firstColumn: 0, multiplier: 1))
        }
      }
      for move in part.moves {
        up.append(
          .init(
            entry: part.up, rows: move.source, columns: part.columns, firstRow: move.destination,
            firstColumn: column, multiplier: Float(part.module.scale.value / divisor)))
      }
      if !shares { column += part.columns.count }
    }
    let types = kept.flatMap { [written($0.down), written($0.up)] }
    let dtype = Set(types).count == 1 ? types[0] : .f32
    let naming = dialect.naming
    tensors += [
      ConvertedTensor(
        name: stem + naming.downSuffix, dtype: dtype, shape: [rank] + shape.dropFirst(),
        content: .blocks(down)),
      ConvertedTensor(
        name: stem + naming.upSuffix, dtype: dtype,
        shape: [shape[0], rank] + shape.dropFirst(2).map { _ in 1 }, content: .blocks(up)),
    ]
    let isAbsent = kept.allSatisfy { $0.module.scale.source == .absent } && !options.foldsScale
    let stored = first.module.scale.alpha
    let isStored = stored.map { $0 / Double(rank) == scale } ?? false
    let alpha = isAbsent ? nil : isStored ? stored : scale * Double(rank)
    addAlpha(
      alpha ?? Double(rank), stem, like: first.down,
      isImplied: (alpha ?? Double(rank)) == Double(rank))
    modules.append(ConvertedModule(target: unit.target, rank: rank, alpha: alpha, isDoRA: false))
  }

  /// Whether the parts came from one module: they have the same lower factor and scale.
  private static func shareDown(_ parts: [Part], _ file: AdapterFile) throws -> Bool {
    let first = parts[0]
    for part in parts.dropFirst() {
      guard part.down.dtype == first.down.dtype, part.down.shape == first.down.shape,
        part.columns == first.columns, part.module.scale.value == first.module.scale.value
      else { return false }
      let isSame = try file.tensors.withBytes(of: first.down) { bytes in
        let copy = bytes.copied()
        return try file.tensors.withBytes(of: part.down) { $0.copied() == copy }
      }
      guard isSame else { return false }
    }
    return true
  }
}

/// The share of one module in a unit of another layout.
private struct Part {
  let module: AdapterModule
  let down: TensorEntry
  let up: TensorEntry
  let moves: [RowMove]
  /// The ranks that do something in the rows that are moved; all, where the module does nothing.
  let columns: [Int]

  init(_ entry: ModuleUnion.Entry, file: AdapterFile) throws {
    module = entry.module
    moves = entry.moves
    guard let factors = entry.module.storedFactors else {
      let placeholder = entry.module.tensors[0]
      (down, up, columns) = (placeholder, placeholder, [0])
      return
    }
    (down, up) = factors
    let rank = up.shape[1]
    let format = try FloatFormat(up.dtype, in: file.path)
    let values = try file.tensors.withBytes(of: up) { HalfPrecision.widen($0, as: format) }
    func isUsed(_ column: Int, _ rows: Range<Int>) -> Bool {
      rows.contains { values[$0 * rank + column] != 0 }
    }
    let isPart = entry.module.stack.pieces.count > 1 && values.contains { $0 != 0 }
    let moves = entry.moves
    columns =
      isPart
      ? (0..<rank).filter { column in moves.contains { isUsed(column, $0.source) } }
      : Array(0..<rank)
  }
}
