import CSystem
import Formats
import Fusion

/// One merge, from weights to a file.
struct MergeJob {
  /// What a merge wrote, or would write.
  struct Outcome {
    let plan: MergePlan
    let location: OutputLocation
    let isWritten: Bool
    /// The size of what was written; of the plain file where nothing was.
    let byteCount: Int
    let sha256: String?
    let inputHashes: [String]
    /// Nil where nothing was computed.
    let keptEnergy: Double?
    /// What was kept of recompressed modules, by their index in the plan.
    let spectra: [Int: KeptSpectrum]
    let seconds: Double
    let predictedPeakBytes: Int

    /// Whether ranks, and so the size, may turn out smaller: they are not known before the spectra.
    var isUpperBound: Bool {
      if case .energy = plan.options.rank { !isWritten } else { false }
    }
  }

  private let weighed: WeighedLibrary
  private let options: OutputOptions
  private let common: CommonOptions
  private let inputs: InputHashes

  init(
    _ weighed: WeighedLibrary, _ inputs: InputHashes, _ options: OutputOptions,
    _ common: CommonOptions
  ) {
    (self.weighed, self.inputs) = (weighed, inputs)
    (self.options, self.common) = (options, common)
  }

  func run() throws -> Outcome {
    let start = ContinuousClock.now
    let location = options.location
    let plan = try MergePlan(
      weighed.library, weights: weighed.moduleWeights, options: options.mergeOptions,
      isBare: location.folder == nil)
    try checkFolder(of: location, plan)
    try location.check(depfile: options.depfile)
    try options.report.check(
      inputs: inputFiles,
      outputs: ["-o": location.destination.path, "--depfile": options.depfile])
    explain(plan)
    if options.dryRun {
      let output = try output(of: plan, location, hashes: inputs.placeholders)
      return try outcome(of: plan, location, output, written: nil, hashes: [], since: start)
    }
    let resolved = try plan.resolvingRanks(threads: common.threads)
    let output = try output(of: resolved, location, hashes: inputs.placeholders)
    let (inputs, weighed) = (inputs, weighed)
    let side = SideWork(stepCount: inputs.stepCount, step: { _ in inputs.takeNext() }) {
      let metadata = MergedMetadata(resolved, weighed, hashes: inputs.digests)
      return try output.layout.replacing(
        metadata: metadata.entries, file: location.destination.name)
    }
    inputs.finishEarly()
    let config = location.folder == nil ? nil : resolved.peftConfig.indented + "\n"
    let written = try location.inFolder(config: config) {
      try output.write(
        along: side, threads: common.threads, progress: common.console.progress("merging"))
    }
    let hashes = inputs.digests
    try writeDepfile(location)
    return try outcome(
      of: resolved, location, output, written: written, hashes: hashes, since: start)
  }

  private func checkFolder(of location: OutputLocation, _ plan: MergePlan) throws {
    guard let folder = location.folder, plan.dialect != .peft else { return }
    throw FusionError(
      .usage,
      "'\(folder)' is a folder, and the dialect \(plan.dialect.rawValue) is written as a file",
      hint: "name a file, such as \(folder)/merged.safetensors, or write --dialect peft")
  }

  private func explain(_ plan: MergePlan) {
    let console = common.console
    for target in plan.withoutEffect {
      console.note("module '\(target)' has alpha 0 and is left out")
    }
    for member in plan.members {
      let scales = Set(member.file.modules.map(\.scale.source.rawValue)).sorted()
      console.explain(
        "\(member.file.path): \(member.file.dialect.rawValue), "
          + "\(Quantity.count(member.file.modules.count, "module")), scale from \(scales.joined(separator: ", "))"
      )
    }
    let fullRank = plan.modules.count { $0.form == .fullRank }
    if fullRank > 0 {
      console.explain("\(Quantity.count(fullRank, "module")) reach full rank and stay at it")
    }
  }

  private func output(
    of plan: MergePlan, _ location: OutputLocation, hashes: [String]
  ) throws -> AdapterOutput {
    let metadata = MergedMetadata(plan, weighed, hashes: hashes)
    return try AdapterOutput(plan, metadata: metadata.entries, destination: location.destination)
  }

  private func writeDepfile(_ location: OutputLocation) throws {
    guard let depfile = options.depfile else { return }
    let rule = Depfile.rule(target: location.destination.name, inputs: inputFiles)
    try OutputFile.write(rule, to: depfile, replaces: true)
  }

  /// Every file that is read.
  private var inputFiles: [String] {
    weighed.library.members.flatMap(\.file.files) + weighed.encoderFiles
      + weighed.moduleWeights.files
  }

  private func outcome(
    of plan: MergePlan, _ location: OutputLocation, _ planned: AdapterOutput,
    written: AdapterOutput.Result?, hashes: [String], since start: ContinuousClock.Instant
  ) throws -> Outcome {
    var sha256: String?
    if written != nil, common.json || options.report.path != nil,
      case .file(let path) = location.destination.place
    {
      sha256 = try ContentHash.sha256(ofFile: path)
    }
    let elapsed = (ContinuousClock.now - start).components
    return Outcome(
      plan: plan, location: location, isWritten: written != nil,
      byteCount: written?.byteCount ?? planned.plainByteCount, sha256: sha256,
      inputHashes: hashes, keptEnergy: written?.keptEnergy, spectra: written?.spectra ?? [:],
      seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18,
      predictedPeakBytes: planned.peakByteCount(threads: common.threads))
  }
}

/// The memory of the process.
enum ProcessMemory {
  /// Buffers of one module serve the next without being given back to the system between.
  static func keepFreedMemory() { lorac_keep_freed_memory() }

  /// The largest resident size so far; 0 where the system does not tell.
  ///
  /// Not that of `getrusage`, which a process has from the one that started it.
  static var peakBytes: Int { lorac_peak_resident_bytes() }
}
