package import Formats
internal import Synchronization
internal import Workers

/// Writes what a ``MergePlan`` says as one adapter.
package struct AdapterOutput: Sendable {
  /// What was written.
  package struct Result: Sendable {
    package let byteCount: Int
    /// The share of the squared Frobenius norm of all deltas that was kept; 1 where all of it was.
    package let keptEnergy: Double
    /// What was kept of each recompressed module, by its index in the plan.
    package let spectra: [Int: KeptSpectrum]
  }

  private let plan: MergePlan
  package let layout: SafetensorsLayout
  private let destination: SafetensorsDestination
  private let units: [Unit]

  /// A run of tensors of one module that follow each other in the file.
  private struct Unit: Sendable {
    var module: Int
    var range: Range<Int>
    /// What is copied as it is, in the place of all below.
    var copied: BundledEmbeddings.Tensor?
    var alpha: Range<Int>?
    var down: Range<Int>?
    var up: Range<Int>?
  }

  private enum Role { case alpha, down, up }

  /// Plans the file: names, shapes and places of its tensors.
  ///
  /// - Throws: `FormatError` when the dialect has no name for a module, or the file would break a
  ///   limit of the format.
  package init(
    _ plan: MergePlan, metadata: [String: String], destination: SafetensorsDestination
  ) throws(FormatError) {
    (self.plan, self.destination) = (plan, destination)
    try Self.checkComponents(of: plan, output: destination.name)
    var roles: [TensorName: (module: Int, role: Role)] = [:]
    var tensors: [SafetensorsLayout.Tensor] = []
    func add(_ name: String, _ dtype: DType, _ shape: [Int], _ module: Int, _ role: Role) {
      tensors.append(SafetensorsLayout.Tensor(name: name, dtype: dtype, shape: shape))
      roles[TensorName(name)] = (module, role)
    }
    for (index, module) in plan.modules.enumerated() {
      switch try Self.names(of: module, in: plan, output: destination.name) {
      case .vector(let name): add(name, plan.dtype, module.weightShape, index, .down)
      case .factors(let down, let up, let alpha):
        add(down, plan.dtype, module.downShape, index, .down)
        add(up, plan.dtype, module.upShape, index, .up)
        if let alpha { add(alpha, .f32, [], index, .alpha) }
      }
    }
    let embeddings = BundledEmbeddings(of: plan)
    tensors += embeddings.tensors.map {
      SafetensorsLayout.Tensor(
        name: $0.entry.name.string, dtype: $0.entry.dtype, shape: $0.entry.shape)
    }
    layout = try SafetensorsLayout(tensors: tensors, metadata: metadata, file: destination.name)
    units = Self.units(of: layout, roles, embeddings)
  }

  private static func names(
    of module: FusedModule, in plan: MergePlan, output: String
  ) throws(FormatError) -> TensorNames {
    guard let names = TensorNames(of: module, in: plan) else {
      throw FormatError(
        .unacceptable, file: output, place: "module '\(module.target)'",
        "has no name in the dialect '\(plan.dialect.rawValue)'", remedy: module.remedyForNames,
        code: .otherDialect)
    }
    return names
  }

  /// Checks that the dialect of `plan` has names for all that it writes.
  ///
  /// - Throws: `FormatError` of the output, which errors call `output`.
  static func checkNames(of plan: MergePlan, output: String) throws(FormatError) {
    try checkComponents(of: plan, output: output)
    for module in plan.modules { _ = try names(of: module, in: plan, output: output) }
  }

  /// PEFT names have no place for the part of a model, so its adapters are for one part.
  private static func checkComponents(of plan: MergePlan, output: String) throws(FormatError) {
    let components = Set(plan.modules.map(\.target.component)).sorted()
    guard plan.dialect == .peft, components.count > 1 else { return }
    throw FormatError(
      .unacceptable, file: output,
      "an adapter in the dialect 'peft' is for one model; the modules are of "
        + components.map(\.rawValue).joined(separator: ", "),
      remedy: "write --dialect diffusers or kohya", code: .otherDialect)
  }

  private static func units(
    of layout: SafetensorsLayout, _ roles: [TensorName: (module: Int, role: Role)],
    _ embeddings: BundledEmbeddings
  ) -> [Unit] {
    var units: [Unit] = []
    for entry in layout.entries {
      if let tensor = embeddings[entry.name] {
        units.append(Unit(module: -1, range: entry.byteRange, copied: tensor))
        continue
      }
      guard let (module, role) = roles[entry.name] else { continue }
      if units.last?.module != module {
        units.append(
          Unit(module: module, range: entry.byteRange.lowerBound..<entry.byteRange.lowerBound))
      }
      let last = units.count - 1
      let start = units[last].range.lowerBound
      units[last].range = start..<entry.byteRange.upperBound
      let local = (entry.byteRange.lowerBound - start)..<(entry.byteRange.upperBound - start)
      switch role {
      case .alpha: units[last].alpha = local
      case .down: units[last].down = local
      case .up: units[last].up = local
      }
    }
    return units
  }

  /// The size of the plain file.
  package var plainByteCount: Int { layout.fileByteCount }

  /// The memory that computing will need at most, in bytes, beside the program itself.
  package func peakByteCount(threads: Int) -> Int {
    let unit = units.map(\.range.count).max() ?? 0
    let work = plan.modules.map(\.workByteCount).max() ?? 0
    let compression = destination.zstdLevel == nil ? 0 : 300 << 20
    return threads * (unit + work) + compression + (64 << 20)
  }

  /// Computes and writes the file; it appears when it is complete.
  ///
  /// - Parameters:
  ///   - side: other work that the header waits for.
  ///   - threads: how many modules to compute at a time.
  ///   - progress: is told how many units are done, and of how many.
  /// - Returns: the size of the file and what was kept.
  /// - Throws: `FormatError` of inputs and output.
  package func write(
    along side: SideWork? = nil, threads: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> Result {
    let fuser = try ModuleFuser(plan.members, dtype: plan.dtype, output: destination.name)
    let spectra = Mutex([Int: KeptSpectrum]())
    let done = Mutex(0)
    let writer = SafetensorsWriter(
      layout: layout, units: units.map(\.range), destination: destination, threads: threads)
    let byteCount = try writer.write(along: side) { index, buffer in
      let unit = units[index]
      if let tensor = unit.copied {
        try copy(tensor, into: buffer)
      } else if let kept = try fill(unit, by: fuser, into: buffer) {
        spectra.withLock { $0[unit.module] = kept }
      }
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress(count, units.count)
    }
    let kept = spectra.withLock { $0 }
    return Result(byteCount: byteCount, keptEnergy: keptEnergy(kept), spectra: kept)
  }

  /// Computes the tensors of one module.
  private func fill(
    _ unit: Unit, by fuser: ModuleFuser, into buffer: UnitBuffer
  ) throws -> KeptSpectrum? {
    let module = plan.modules[unit.module]
    if let alpha = unit.alpha { buffer.store(Float(module.alpha), at: alpha.lowerBound) }
    if module.form == .vector, let place = unit.down {
      try fuser.sumVectors(module, place, into: buffer)
    } else if let down = unit.down, let up = unit.up {
      return try fuser.fuse(module, down: down, up: up, into: buffer)
    }
    return nil
  }

  private func copy(_ tensor: BundledEmbeddings.Tensor, into buffer: UnitBuffer) throws {
    try plan.members[tensor.adapter].file.tensors.withBytes(of: tensor.entry) { bytes in
      buffer.withOutputBytes(0..<buffer.count) { output in bytes.copy(to: &output) }
    }
  }

  /// Sums in the order of the modules, so that the number is the same on every run.
  private func keptEnergy(_ spectra: [Int: KeptSpectrum]) -> Double {
    var (kept, total) = (0.0, 0.0)
    for index in plan.modules.indices {
      guard let spectrum = spectra[index] else { continue }
      kept += spectrum.keptEnergy
      total += spectrum.totalEnergy
    }
    return total > 0 ? kept / total : 1
  }
}

extension MergePlan {
  /// The plan with the rank of every module that asks for a share of energy.
  ///
  /// Needs the spectra, so it reads and computes as much as writing does.
  package func resolvingRanks(threads: Int) throws -> MergePlan {
    guard case .energy(let share) = options.rank else { return self }
    let fuser = try ModuleFuser(members, dtype: dtype, output: "the output")
    let ranks = try parallelMap(count: modules.count, threads: threads) { index in
      guard case .recompressed = modules[index].form else { return Int?.none }
      return try fuser.rank(of: modules[index], keeping: share)
    }
    var plan = self
    for (index, rank) in ranks.enumerated() {
      if let rank { plan.modules[index].form = .recompressed(rank: rank) }
    }
    return plan
  }
}
