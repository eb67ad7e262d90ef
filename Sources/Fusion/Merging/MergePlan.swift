package import Formats

/// What a merge will write, known from headers alone.
///
/// Fuses `ΔW = Σ wᵢ sᵢ Bᵢ Aᵢ` module by module over the union of the adapters' modules. Adapters of
/// weight 0 take no part, and a module in which every weight is 0 is left out.
package struct MergePlan: Sendable {
  package let members: [AdapterLibrary.Member]
  package let weights: ModuleWeights
  /// The indices of the adapters that take part.
  package let active: [Int]
  package let options: MergeOptions
  package let dialect: AdapterDialect
  package let dtype: DType
  package var modules: [FusedModule]
  /// How the names of the result are chosen where a dialect has several.
  let namingStyle: NamingStyle
  /// Modules that change nothing, because their alpha is 0 in every adapter that has them.
  package let withoutEffect: [ModuleTarget]

  /// - Parameters:
  ///   - library: the adapters.
  ///   - weights: those of the members.
  ///   - options: what the result is to look like.
  ///   - isBare: whether the result is one file, without a configuration beside it.
  /// - Throws: `FusionError` when nothing would change; `FormatError` when two adapters do not fit.
  package init(
    _ library: AdapterLibrary, weights: ModuleWeights, options: MergeOptions, isBare: Bool
  ) throws {
    precondition(weights.fusion.count == library.members.count)
    (members, self.weights, self.options) = (library.members, weights, options)
    active = weights.active
    guard let first = members.first?.file, !active.isEmpty else {
      throw FusionError(
        .data, "every weight is 0, so the result would change nothing",
        hint: "'lorac weights' shows how the prompts and the adapters' keys compare")
    }
    dialect = options.dialect ?? (first.dialect == .native ? .diffusers : first.dialect)
    dtype = options.dtype ?? Self.widest(in: first)
    let files = active.map { library.members[$0].file }
    try Self.checkOrientation(files)
    let style = NamingStyle(for: files)
    namingStyle = style
    var fused: [FusedModule] = []
    var withoutEffect: [ModuleTarget] = []
    try Self.refuseNeedingBase(members, active, weights)
    let union = try ModuleUnion(of: library.members, active: active) { [dialect] target, shape in
      dialect == .kohya ? style.kohyaStack(of: target, shape: shape) : ModuleStack(target)
    }
    for unit in union.units {
      let parts = try unit.entries.flatMap { try weights.parts(of: $0, in: library.members) }
      let effective = parts.filter { $0.multiplier != 0 }
      guard !effective.isEmpty else {
        if !parts.isEmpty { withoutEffect.append(unit.target) }
        continue
      }
      try effective.forEach { try Self.checkMultiplier(of: $0, in: library.members) }
      fused.append(try Self.module(unit, effective, options.rank, in: library))
    }
    guard !fused.isEmpty else {
      throw FusionError(
        .data, "every module has alpha 0 or weight 0, so the result would change nothing")
    }
    self.withoutEffect = withoutEffect
    modules = fused
    setScales(copies: active.count == 1, isBare: isBare)
    if let module = modules.first(where: { !Float($0.alpha).isFinite }) {
      throw FusionError(
        .data, "module '\(module.target)': its alpha would be \(module.alpha), which is too large")
    }
  }

  /// The type that holds every tensor of `file` without loss.
  private static func widest(in file: AdapterFile) -> DType {
    let types = Set(file.modules.flatMap(\.dtypes))
    guard types.count == 1, let only = types.first else { return .f32 }
    // Both 8-bit types are a part of binary16.
    return only == .f8e4m3 || only == .f8e5m2 ? .f16 : only
  }

  /// What acts on the base's weights has no delta of its own.
  private static func refuseNeedingBase(
    _ members: [AdapterLibrary.Member], _ active: [Int], _ weights: ModuleWeights
  ) throws(FormatError) {
    for index in active {
      let file = members[index].file
      let module = file.modules.first {
        $0.algorithm.needsBase && weights.weights(of: $0, adapter: index).contains { $0 != 0 }
      }
      guard let module else { continue }
      throw FormatError(
        .unsupported, file: file.path, place: "module '\(module.target)'",
        "\(module.algorithm.stored.name) can be merged only together with the base model",
        remedy: "give the base model with --base")
    }
  }

  private static func checkOrientation(_ files: [AdapterFile]) throws(FormatError) {
    let configured = files.filter { $0.config != nil }
    guard let first = configured.first else { return }
    let other = configured.first { $0.config?.isFanInFanOut != first.config?.isFanInFanOut }
    if let other {
      throw FormatError(
        .unacceptable, file: other.path, place: "field 'fan_in_fan_out'",
        "differs from that of \(printable(first.path)): they are for different models")
    }
  }

  static func checkMultiplier(
    of part: FusedModule.Part, in members: [AdapterLibrary.Member]
  ) throws(FormatError) {
    guard Float(part.multiplier).isFinite else {
      throw FormatError(
        .unacceptable, file: members[part.adapter].file.path,
        place: "module '\(part.module.target)'",
        "its weight times its scale is \(part.multiplier), which is too large")
    }
  }

  private static func module(
    _ unit: ModuleUnion.Unit, _ parts: [FusedModule.Part], _ rank: RankOption,
    in library: AdapterLibrary
  ) throws -> FusedModule {
    guard let shape = unit.weightShape else {
      throw FusionError(.data, "module '\(unit.target)': no adapter tells the shape of its weight")
    }
    let layout = parts[0].module.layout
    if let other = parts.first(where: { $0.module.layout != layout }) {
      throw FormatError(
        .unacceptable, file: library.members[other.adapter].file.path,
        place: "module '\(unit.target)'",
        "describes its weight the other way round than another adapter does",
        remedy: "give the base model with --base")
    }
    var module = FusedModule(
      stack: unit.stack, parts: parts, weightShape: shape, layout: layout, form: .vector, scale: 1)
    guard shape.count > 1 else { return module }
    // A single LoRA is copied, whatever its rank.
    let isCopy = parts.count == 1 && parts[0].module.storedFactors != nil
    let exceeds = module.stackedRank > module.fullRank || module.hasDenseParts
    let exact: FusedModule.Form = exceeds && !isCopy ? .fullRank : .concatenated
    switch rank {
    case .exact: module.form = exact
    case .rank(let limit):
      module.form =
        min(module.stackedRank, module.fullRank) > limit
        ? .recompressed(rank: limit) : exact
    // The least rank is known when the spectrum is; until then the largest it can be.
    case .energy: module.form = .recompressed(rank: min(module.stackedRank, module.fullRank))
    }
    return module
  }

  /// Chooses the scale of each module so that most factors can be copied as they are.
  ///
  /// The largest multiplier of a module becomes its scale, which leaves multipliers of at most 1
  /// for the factors. Where readers know one scale only (PEFT configurations without patterns), the
  /// largest of all modules serves; where they know none, it is 1.
  private mutating func setScales(copies: Bool, isBare: Bool) {
    func largest(_ module: FusedModule) -> Double {
      module.parts.reduce(0) { max($0, $1.multiplier.magnitude) }
    }
    let common = modules.reduce(0) { max($0, largest($1)) }
    for index in modules.indices {
      let stays = modules[index].form == .concatenated
      switch dialect {
      case .kohya: modules[index].scale = stays ? largest(modules[index]) : 1
      case .diffusers: modules[index].scale = 1
      case .native: preconditionFailure("is not written")
      case .peft:
        modules[index].scale = isBare ? 1 : copies && stays ? largest(modules[index]) : common
      }
    }
  }
}
