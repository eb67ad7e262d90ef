import Formats
import Fusion

/// One bake, from weights to a model.
struct BakeJob {
  /// What a bake wrote, or would write.
  struct Outcome {
    let plan: BakePlan
    let location: BakeLocation
    let isWritten: Bool
    /// The size of what was written; of the plain files where nothing was.
    let byteCount: Int
    let sha256: String?
    /// Of the adapters, then of the base's files.
    let hashes: [String]
    /// Nil where nothing was computed.
    let roundingLoss: Double?
    /// Of each target of the plan; nil where nothing was computed.
    let deltaSquares: [Double]?
    let seconds: Double
    let predictedPeakBytes: Int
  }

  private let weighed: WeighedLibrary
  private let checkpoint: Checkpoint
  private let inputs: InputHashes
  private let allowsUnmatched: Bool
  /// The folder of `--cache`.
  private let cache: String?
  private let options: OutputOptions
  private let common: CommonOptions

  init(
    _ weighed: WeighedLibrary, into checkpoint: Checkpoint, _ inputs: InputHashes,
    allowsUnmatched: Bool, cache: String?, _ options: OutputOptions, _ common: CommonOptions
  ) {
    (self.weighed, self.checkpoint, self.inputs) = (weighed, checkpoint, inputs)
    (self.allowsUnmatched, self.cache) = (allowsUnmatched, cache)
    (self.options, self.common) = (options, common)
  }

  func run() throws -> Outcome {
    let start = ContinuousClock.now
    let location = try BakeLocation(of: checkpoint, options)
    let plan = try BakePlan(
      weighed.library, weights: weighed.moduleWeights, into: checkpoint,
      allowsUnmatched: allowsUnmatched)
    explain(plan)
    let folder = try ModelFolder(plan, location)
    try folder?.check(replaces: !options.noClobber)
    try checkTargets(location)
    let copied = folder?.copiedByteCount ?? 0
    if options.dryRun {
      let output = try output(of: plan) { _ in
        SafetensorsDestination(place: .standardOutput)
      }
      return try outcome(of: plan, location, output, nil, copied: copied, since: start)
    }
    let place = try folder?.create(replaces: !options.noClobber)
    let output = try output(of: plan) { try destination(ofFile: $0, location, place) }
    if let place { try folder?.copyOthers(to: place, byteCount: output.storedByteCount) }
    let written = try location.inNewFolder { try write(output, plan) }
    try place?.commit()
    try writeDepfile(location, folder)
    return try outcome(of: plan, location, output, written, copied: copied, since: start)
  }

  private func output(
    of plan: BakePlan, destination: (Int) throws -> SafetensorsDestination
  ) throws -> BakeOutput {
    let spectra = try options.dryRun ? nil : cache.map { try SpectrumCache(in: $0) }
    let metadata = BakedMetadata(plan, weighed, hashes: inputs.placeholders)
    return try BakeOutput(plan, metadata: metadata, spectra: spectra, destination: destination)
  }

  private func destination(
    ofFile index: Int, _ location: BakeLocation, _ folder: FolderOutput?
  ) throws -> SafetensorsDestination {
    if case .file(let destination, _) = location { return destination }
    let file = checkpoint.files[index]
    return SafetensorsDestination(
      place: .file(try folder?.place(of: file.name) ?? file.name),
      zstdLevel: file.tensors.compression == .zstd ? options.level : nil)
  }

  private func write(_ output: BakeOutput, _ plan: BakePlan) throws -> BakeOutput.Result {
    let (inputs, weighed, threads) = (inputs, weighed, common.threads)
    let written = try output.write(
      threads: threads,
      metadata: {
        try inputs.finish(threads: threads)
        return BakedMetadata(plan, weighed, hashes: inputs.digests)
      }, progress: common.console.progress("baking"))
    // Where no file was written anew, nobody has waited for the hashes.
    try inputs.finish(threads: threads)
    return written
  }

  private func outcome(
    of plan: BakePlan, _ location: BakeLocation, _ output: BakeOutput,
    _ written: BakeOutput.Result?, copied: Int, since start: ContinuousClock.Instant
  ) throws -> Outcome {
    let sha256 = written == nil ? nil : try hash(location)
    let elapsed = (ContinuousClock.now - start).components
    return Outcome(
      plan: plan, location: location, isWritten: written != nil,
      byteCount: (written?.byteCount ?? output.plainByteCount) + copied, sha256: sha256,
      hashes: written == nil ? [] : inputs.digests, roundingLoss: written?.roundingLoss,
      deltaSquares: written?.deltaSquares,
      seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18,
      predictedPeakBytes: output.peakByteCount(threads: common.threads))
  }

  private func explain(_ plan: BakePlan) {
    let console = common.console
    console.explain(
      "\(checkpoint.path): \(checkpoint.family.name ?? "unknown family") "
        + "(\(checkpoint.family.evidence)), \(Quantity.count(checkpoint.files.count, "file"))")
    for target in plan.coverage.unmatched {
      console.warn("module '\(target)' has no place in the base and is left out")
    }
    if let first = plan.coverage.void.first {
      let others = plan.coverage.void.count - 1
      console.note(
        "module '\(first)'\(others > 0 ? " and \(others) more" : "") "
          + "\(others > 0 ? "have" : "has") no place in the base, and would change nothing")
    }
    for warning in plan.warnings { console.warn(warning) }
    if plan.targets.isEmpty { console.warn("nothing changes: the result is the base") }
  }

  private func checkTargets(_ location: BakeLocation) throws {
    if case .file(let destination, let folder) = location, case .file(let path) = destination.place
    {
      try OutputFile.check(path, replaces: destination.replaces, mayLackFolder: folder != nil)
    }
    if let depfile = options.depfile {
      try OutputFile.check(depfile, replaces: true, mayLackFolder: false)
    }
    let output: String? =
      if case .file(let destination, _) = location { destination.path } else { nil }
    try options.report.check(
      inputs: inputFiles, outputs: ["-o": output, "--depfile": options.depfile])
  }

  private func writeDepfile(_ location: BakeLocation, _ folder: ModelFolder?) throws {
    guard let depfile = options.depfile else { return }
    let others = folder?.others.map { "\(checkpoint.folder)/\($0)" } ?? []
    var seen: Set<String> = []
    let inputs = (inputFiles + others).filter { seen.insert($0).inserted }
    let rule = Depfile.rule(target: location.name, inputs: inputs)
    try OutputFile.write(rule, to: depfile, replaces: true)
  }

  /// Every file that is read, but for what is only copied.
  private var inputFiles: [String] {
    weighed.library.members.flatMap(\.file.files) + checkpoint.paths + weighed.encoderFiles
      + weighed.moduleWeights.files
  }

  private func hash(_ location: BakeLocation) throws -> String? {
    guard common.json || options.report.path != nil, case .file(let destination, _) = location,
      case .file(let path) = destination.place
    else { return nil }
    return try ContentHash.sha256(ofFile: path)
  }
}

/// The folder that a model of several files is written as.
private struct ModelFolder {
  private let path: String
  private let source: String
  /// The files that are copied as they are.
  let others: [String]
  private let names: [String]
  let copiedByteCount: Int

  /// Nil for a model of one file.
  init?(_ plan: BakePlan, _ location: BakeLocation) throws {
    guard case .folder(let path) = location else { return nil }
    (self.path, source) = (Folder.trimmed(path), plan.checkpoint.folder)
    let changed = Set(BakeOutput.changedFiles(of: plan).map { plan.checkpoint.files[$0].name })
    let all = try Folder.files(below: source)
    others = all.filter { !changed.contains($0) }
    names = all.compactMap { $0.split(separator: "/").first.map(String.init) }
    copiedByteCount = others.reduce(0) {
      $0 + Folder.byteCount(ofFile: "\(plan.checkpoint.folder)/\($1)")
    }
  }

  func check(replaces: Bool) throws {
    guard path != "-" else { return }
    guard !Folder.contains(path, in: source) else {
      throw FormatError(
        .cannotCreate, file: path,
        "lies in the base's folder, all of which is copied to the output",
        remedy: "name a folder outside \(printable(source))")
    }
    try FolderOutput.check(path, names: names, replaces: replaces)
  }

  func create(replaces: Bool) throws -> FolderOutput {
    try FolderOutput(path: path, names: names, replaces: replaces)
  }

  /// Copies the other files, after a look at the room for all of them.
  func copyOthers(to folder: FolderOutput, byteCount: Int) throws {
    let needed = copiedByteCount + byteCount
    if let free = Folder.freeByteCount(at: folder.temporary), free < needed {
      throw FormatError(
        .inputOutput, file: path, "needs \(needed) bytes, and the disk has \(free) free",
        remedy: "free some space, or write to another disk")
    }
    for name in others { try folder.copy("\(source)/\(name)", to: name) }
  }
}
