package import Formats

/// What a merge will write, known from headers alone.
///
/// Fuses `ΔW = Σ wᵢ sᵢ Bᵢ Aᵢ` module by module over the union of the adapters' modules. Adapters of
/// weight 0 take no part.
package struct MergePlan: Sendable {
  package let members: [AdapterLibrary.Member]
  package let weights: [Double]
  package let options: MergeOptions
  package let dialect: AdapterDialect
  package let dtype: DType
  package var modules: [FusedModule]
  /// Modules that change nothing, because their alpha is 0 in every adapter that has them.
  package let withoutEffect: [ModuleTarget]

  /// - Parameters:
  ///   - library: the adapters.
  ///   - weights: one per member; finite.
  ///   - options: what the result is to look like.
  ///   - isBare: whether the result is one file, without a configuration beside it.
  /// - Throws: `FusionError` when nothing would change; `FormatError` when two adapters do not fit.
  package init(
    _ library: AdapterLibrary, weights: [Double], options: MergeOptions, isBare: Bool
  ) throws {
    precondition(weights.count == library.members.count)
    (members, self.weights, self.options) = (library.members, weights, options)
    let active = members.indices.filter { weights[$0] != 0 }
    guard let first = members.first?.file, !active.isEmpty else {
      throw FusionError(
        .data, "every weight is 0, so the result would change nothing",
        hint: "'lorac weights' shows how the prompts and the adapters' keys compare")
    }
    dialect = options.dialect ?? first.dialect
    dtype = options.dtype ?? Self.widest(in: first)
    try Self.checkOrientation(active.map { library.members[$0].file })
    var fused: [FusedModule] = []
    var withoutEffect: [ModuleTarget] = []
    for (target, parts) in try Self.union(of: library, active, weights) {
      let effective = parts.filter { $0.multiplier != 0 }
      guard !effective.isEmpty else {
        withoutEffect.append(target)
        continue
      }
      fused.append(Self.module(target, effective, options.rank))
    }
    guard !fused.isEmpty else {
      throw FusionError(.data, "every module has alpha 0, so the result would change nothing")
    }
    self.withoutEffect = withoutEffect
    modules = fused.sorted { $0.target < $1.target }
    setScales(copies: active.count == 1, isBare: isBare)
    if let module = modules.first(where: { !Float($0.alpha).isFinite }) {
      throw FusionError(
        .data, "module '\(module.target)': its alpha would be \(module.alpha), which is too large")
    }
  }

  /// The type that holds every factor of `file` without loss.
  private static func widest(in file: AdapterFile) -> DType {
    let types = Set(file.modules.flatMap { [$0.down.dtype, $0.up.dtype] })
    guard types.count == 1, let only = types.first else { return .f32 }
    return only
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

  private static func union(
    of library: AdapterLibrary, _ active: [Int], _ weights: [Double]
  ) throws(FormatError) -> [ModuleTarget: [FusedModule.Part]] {
    var union: [ModuleTarget: [FusedModule.Part]] = [:]
    for index in active {
      for module in library.members[index].file.modules {
        let part = FusedModule.Part(
          adapter: index, module: module, multiplier: weights[index] * module.scale.value)
        guard Float(part.multiplier).isFinite else {
          throw FormatError(
            .unacceptable, file: library.members[index].file.path,
            place: "module '\(module.target)'",
            "its weight times its scale is \(part.multiplier), which is too large")
        }
        if let first = union[module.target]?.first {
          try checkShapes(part, first, in: library)
        }
        union[module.target, default: []].append(part)
      }
    }
    return union
  }

  private static func checkShapes(
    _ part: FusedModule.Part, _ first: FusedModule.Part, in library: AdapterLibrary
  ) throws(FormatError) {
    let (shape, expected) = (part.module.weightShape, first.module.weightShape)
    guard withoutTrailingOnes(shape) != withoutTrailingOnes(expected) else { return }
    throw FormatError(
      .unacceptable, file: library.members[part.adapter].file.path,
      place: "module '\(part.module.target)'",
      "is for a weight of shape \(shape), in \(printable(library.members[first.adapter].file.path)) "
        + "for one of \(expected)",
      remedy: "adapters can be merged only if they are for one base model")
  }

  /// A convolution of 1×1 and a linear layer are the same matrix, stored either way.
  private static func withoutTrailingOnes(_ shape: [Int]) -> [Int] {
    var shape = shape
    while shape.count > 2, shape.last == 1 { shape.removeLast() }
    return shape
  }

  private static func module(
    _ target: ModuleTarget, _ parts: [FusedModule.Part], _ rank: RankOption
  ) -> FusedModule {
    var module = FusedModule(
      target: target, parts: parts, weightShape: parts[0].module.weightShape,
      form: .concatenated, scale: 1)
    let exceeds = module.stackedRank > module.fullRank
    let exact: FusedModule.Form = exceeds && parts.count > 1 ? .fullRank : .concatenated
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
      case .peft:
        modules[index].scale = isBare ? 1 : copies && stays ? largest(modules[index]) : common
      }
    }
  }
}
