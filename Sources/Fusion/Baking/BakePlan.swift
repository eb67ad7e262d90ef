package import Formats

/// What a bake will write, known from headers alone.
///
/// Adds `ΔW = Σ wᵢ ΔWᵢ` to the weights of a base model. Adapters of weight 0 take no part.
package struct BakePlan: Sendable {
  /// A tensor of the base that changes.
  package struct Target: Sendable {
    package let tensor: CheckpointTensor
    let storage: StoredWeight
    let groups: [Group]

    /// Whether the whole change is a sum of products, so that rows can be computed apart.
    var isFactored: Bool { groups.count == 1 && groups[0].parts.allSatisfy { $0.rank != nil } }
    /// The memory for a change that is computed as a whole: the delta, one adapter's share of it, the
    /// base, and what is made of that.
    var workByteCount: Int { 16 * tensor.rows * tensor.columns }
    /// Whether the factors lie in the adapters as they are.
    var hasStoredFactors: Bool {
      isFactored && groups[0].parts.allSatisfy { $0.module.storedFactors != nil }
    }
  }

  /// The changes of one tensor that describe it in the same orientation.
  struct Group: Sendable {
    let stack: ModuleStack
    let parts: [FusedModule.Part]
    /// Whether they describe the tensor the other way round than it is stored.
    let isTransposed: Bool
  }

  package let members: [AdapterLibrary.Member]
  package let weights: ModuleWeights
  /// The indices of the adapters that take part.
  package let active: [Int]
  package let checkpoint: Checkpoint
  /// In the order of the base's files and of their bytes.
  package let targets: [Target]
  package let coverage: BakeCoverage

  /// - Parameters:
  ///   - library: the adapters.
  ///   - weights: those of the members.
  ///   - checkpoint: the base model.
  ///   - allowsUnmatched: whether modules that the base has no weight for are left out.
  /// - Throws: `FormatError` when adapters do not fit each other or the base.
  package init(
    _ library: AdapterLibrary, weights: ModuleWeights, into checkpoint: Checkpoint,
    allowsUnmatched: Bool
  ) throws {
    precondition(weights.fusion.count == library.members.count)
    (self.weights, self.checkpoint) = (weights, checkpoint)
    let active = weights.active
    self.active = active
    for index in active { try Self.checkFamily(of: library.members[index].file, checkpoint) }
    let members = library.members.map { member in
      AdapterLibrary.Member(
        name: member.name,
        file: member.file.replacing(modules: member.file.modules.map(checkpoint.resolving)))
    }
    self.members = members
    for index in active { try Self.checkUnique(members[index].file) }
    coverage = try BakeCoverage(
      of: active.map { index in
        let file = members[index].file
        return file.replacing(
          modules: file.modules.filter {
            weights.weights(of: $0, adapter: index).contains { $0 != 0 }
          })
      }, in: checkpoint, allowsUnmatched: allowsUnmatched)
    let twins = AdapterTwins(members, active: active)
    // Also where the base has a piece of what a module is for.
    let unmatched = Set(coverage.unmatched)
    let matched = members.map { member in
      AdapterLibrary.Member(
        name: member.name,
        file: member.file.replacing(
          modules: member.file.modules.filter { !unmatched.contains($0.target) }))
    }
    var groups: [TensorKey: (tensor: CheckpointTensor, groups: [Group])] = [:]
    for isAsDescribed in [true, false] {
      let union = try ModuleUnion(
        of: Self.members(matched, isAsDescribed), active: active
      ) { target, _ in checkpoint.stack(of: target) ?? ModuleStack(target) }
      for unit in union.units {
        let parts = try unit.entries.flatMap { try weights.parts(of: $0, in: members) }
        try parts.forEach { try MergePlan.checkMultiplier(of: $0, in: members) }
        let effective = twins.joining(parts)
        guard !effective.isEmpty else { continue }
        for tensor in checkpoint.tensors(holding: unit.stack.pieces[0].target) {
          let group = Group(
            stack: unit.stack, parts: effective,
            isTransposed: isAsDescribed == tensor.isTransposed)
          try Self.check(unit, group, tensor, members, checkpoint)
          groups[TensorKey(tensor), default: (tensor, [])].groups.append(group)
        }
      }
    }
    targets = try groups.keys.sorted().compactMap { key in
      try groups[key].map { found in
        Target(
          tensor: found.tensor, storage: try StoredWeight(of: found.tensor, in: checkpoint),
          groups: found.groups)
      }
    }
  }

  /// The place of a tensor in the order of the output.
  private struct TensorKey: Hashable, Comparable {
    let file: Int
    let start: Int
    let name: TensorName

    init(_ tensor: CheckpointTensor) {
      (file, start) = (tensor.file, tensor.entry.byteRange.lowerBound)
      name = tensor.entry.name
    }

    static func < (a: TensorKey, b: TensorKey) -> Bool {
      (a.file, a.start, a.name) < (b.file, b.start, b.name)
    }
  }

  /// The members with those of their modules that describe weights as the canonical model stores
  /// them, or with the others.
  private static func members(
    _ members: [AdapterLibrary.Member], _ isAsDescribed: Bool
  ) -> [AdapterLibrary.Member] {
    members.map { member in
      let modules = member.file.modules.filter { ($0.layout == .asDescribed) == isAsDescribed }
      return AdapterLibrary.Member(
        name: member.name, file: member.file.replacing(modules: modules))
    }
  }

  private static func checkFamily(
    of file: AdapterFile, _ checkpoint: Checkpoint
  ) throws(FormatError) {
    let family = ModelFamily(modules: file.modules, names: file.family, metadata: file.metadata)
    guard family.excludes(checkpoint.family) else { return }
    throw FormatError(
      .unacceptable, file: file.path,
      "is for \(family.name ?? "") (\(family.evidence)), but the base "
        + "\(printable(checkpoint.path)) is \(checkpoint.family.name ?? "") "
        + "(\(checkpoint.family.evidence))",
      remedy: "give the base model that the adapter is for", code: .otherFamily)
  }

  /// Checks that no two modules of `file`, whose names mean weights of the base, mean the same one.
  private static func checkUnique(_ file: AdapterFile) throws(FormatError) {
    var stems: [ModuleTarget: String] = [:]
    for module in file.modules {
      for piece in module.stack.pieces {
        guard let other = stems.updateValue(module.stem, forKey: piece.target) else { continue }
        throw FormatError(
          .unacceptable, file: file.path, place: "'\(printable(module.stem))'",
          "means the same weight of the base as '\(printable(other))'",
          remedy: "remove one of them: adding both would double its effect", code: .repeatedModule)
      }
    }
  }

  /// Checks the shapes, as far as headers tell them.
  private static func check(
    _ unit: ModuleUnion.Unit, _ group: Group, _ tensor: CheckpointTensor,
    _ members: [AdapterLibrary.Member], _ checkpoint: Checkpoint
  ) throws(FormatError) {
    guard let shape = unit.weightShape else {
      try checkExtents(unit, group, tensor, members, checkpoint)
      return
    }
    let (rows, columns) = (shape[0], shape.dropFirst().reduce(1, *))
    let fits =
      group.isTransposed
      ? (rows, columns) == (tensor.columns, tensor.rows)
      : (rows, columns) == (tensor.rows, tensor.columns)
    guard !fits else { return }
    let culprit = group.parts.first { $0.module.weightShape != nil } ?? group.parts[0]
    let file = members[culprit.adapter].file
    throw FormatError(
      .unacceptable, file: file.path, place: "module '\(culprit.module.target)'",
      "is for a weight of shape \(shape); tensor '\(tensor.entry.name)' in "
        + "\(printable(checkpoint.files[tensor.file].tensors.path)) has shape "
        + "\(tensor.entry.shape)",
      remedy: "the adapter is for another base model", code: .targetShape)
  }

  /// Checks the rows and columns that modules without a whole shape, such as rotations, are for.
  private static func checkExtents(
    _ unit: ModuleUnion.Unit, _ group: Group, _ tensor: CheckpointTensor,
    _ members: [AdapterLibrary.Member], _ checkpoint: Checkpoint
  ) throws(FormatError) {
    let (rows, columns) =
      group.isTransposed ? (tensor.columns, tensor.rows) : (tensor.rows, tensor.columns)
    for part in group.parts {
      var problem: String?
      if let count = unit.rowCount, count != rows {
        problem = "is for a weight of \(count) rows"
      } else if case .oft(let oft) = part.module.algorithm, let count = oft.columnCount,
        count != columns
      {
        problem = "is for a weight of \(count) columns"
      }
      guard let problem else { continue }
      throw FormatError(
        .unacceptable, file: members[part.adapter].file.path,
        place: "module '\(part.module.target)'",
        "\(problem); tensor '\(tensor.entry.name)' in "
          + "\(printable(checkpoint.files[tensor.file].tensors.path)) has shape "
          + "\(tensor.entry.shape)",
        remedy: "the adapter is for another base model", code: .targetShape)
    }
  }
}
