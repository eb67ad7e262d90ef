package import Formats

/// One bake, planned and checked: what will be written into which copy of the base.
package struct BakeJob: Sendable {
  /// What a bake wrote, or would write.
  package struct Outcome: Sendable {
    package let plan: BakePlan
    package let location: BakeLocation
    package let isWritten: Bool
    /// The size of what was written; of the plain files where nothing was.
    package let byteCount: Int
    /// Of the adapters, then of the base's files; empty where nothing was written.
    package let hashes: [String]
    /// Nil where nothing was computed.
    package let roundingLoss: Double?
    /// Of each target of the plan; nil where nothing was computed.
    package let deltaSquares: [Double]?
    package let seconds: Double
    package let predictedPeakBytes: Int
  }

  package let weighed: WeighedLibrary
  package let plan: BakePlan
  package let location: BakeLocation
  private let request: MergeRequest
  private let folder: ModelFolder?

  /// Plans what `request` asks for, into `checkpoint`, and checks all that headers tell.
  ///
  /// - Throws: `FormatError` of inputs and output, `FusionError` of what does not fit together.
  package init(
    _ request: MergeRequest, _ weighed: WeighedLibrary, into checkpoint: Checkpoint
  ) throws {
    (self.request, self.weighed) = (request, weighed)
    location = try BakeLocation(of: checkpoint, request.output)
    plan = try BakePlan(
      weighed.library, weights: weighed.moduleWeights, into: checkpoint,
      allowsUnmatched: request.allowsUnmatched)
    folder = try ModelFolder(plan, location)
    try folder?.check(request.output)
    if case .file(let destination, let folder) = location,
      case .file(let path) = destination.place
    {
      try OutputFile.check(
        path, replaces: destination.replaces,
        mayLackFolder: folder != nil || request.output.makesFolders)
    }
  }

  /// The files that the result is made from, each once.
  package var inputFiles: [String] {
    let checkpoint = plan.checkpoint
    let read =
      checkpoint.paths + weighed.encoderFiles + weighed.moduleWeights.files
      + (folder?.others.map { "\(checkpoint.folder)/\($0)" } ?? [])
    var seen: Set<String> = []
    return (weighed.library.members.flatMap(\.file.files) + read)
      .filter { seen.insert($0).inserted }
  }

  /// The paths of all files that are written; none for standard output.
  package var outputFiles: [String] {
    switch location {
    case .file(let destination, _):
      guard case .file(let path) = destination.place else { return [] }
      return [path]
    case .folder(let path):
      guard let folder, path != "-" else { return [] }
      let changed = BakeOutput.changedFiles(of: plan).map { plan.checkpoint.files[$0].name }
      return (changed + folder.others).sorted().map { "\(Folder.trimmed(path))/\($0)" }
    }
  }

  /// What would be written; no weight is read.
  ///
  /// - Throws: `FormatError` when a header would be larger than readers accept.
  package func dryRun(threads: Int) throws -> Outcome {
    let count = weighed.library.members.count + plan.checkpoint.files.count
    let hashes = [String](repeating: InputHashes.placeholder, count: count)
    let output = try output(hashes, spectra: nil) { _ in
      SafetensorsDestination(place: .standardOutput)
    }
    return outcome(of: output, nil, hashes: [], 0, threads: threads)
  }

  /// Computes and writes the model.
  ///
  /// - Parameters:
  ///   - inputs: the hashes of adapters and base, which are computed along with the rest.
  ///   - batch: what a single file waits for before it gets its name; nil for nothing.
  ///   - threads: how many cores to use.
  ///   - progress: is told how many units are done, and of how many.
  /// - Returns: what was written.
  /// - Throws: `FormatError` of inputs and output.
  package func write(
    _ inputs: InputHashes, with batch: OutputBatch? = nil, threads: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> Outcome {
    let start = ContinuousClock.now
    if request.output.makesFolders, location.name != "standard output" {
      try Folder.createAll(Folder.split(location.name).folder)
    }
    let place = try folder?.create(replaces: request.output.replaces)
    let spectra = try request.weighing.cache.map { try SpectrumCache(in: $0) }
    let output = try output(inputs.placeholders, spectra: spectra) {
      try destination(ofFile: $0, place, batch)
    }
    if let place { try folder?.copyOthers(to: place, byteCount: output.storedByteCount) }
    let (plan, weighed) = (plan, weighed)
    let written = try location.inNewFolder {
      try output.write(
        threads: threads,
        metadata: {
          try inputs.finish(threads: threads)
          return BakedMetadata(plan, weighed, hashes: inputs.digests)
        }, progress: progress)
    }
    // Where no file was written anew, nobody has waited for the hashes.
    try inputs.finish(threads: threads)
    try place?.commit()
    return outcome(
      of: output, written, hashes: inputs.digests, (ContinuousClock.now - start).seconds,
      threads: threads)
  }

  private func output(
    _ hashes: [String], spectra: SpectrumCache?,
    destination: (Int) throws -> SafetensorsDestination
  ) throws -> BakeOutput {
    let metadata = BakedMetadata(plan, weighed, hashes: hashes)
    return try BakeOutput(plan, metadata: metadata, spectra: spectra, destination: destination)
  }

  private func destination(
    ofFile index: Int, _ folder: FolderOutput?, _ batch: OutputBatch?
  ) throws -> SafetensorsDestination {
    if case .file(var destination, _) = location {
      destination.batch = batch
      return destination
    }
    let file = plan.checkpoint.files[index]
    return SafetensorsDestination(
      place: .file(try folder?.place(of: file.name) ?? file.name),
      zstdLevel: file.tensors.compression == .zstd ? request.output.level : nil)
  }

  private func outcome(
    of output: BakeOutput, _ written: BakeOutput.Result?, hashes: [String], _ seconds: Double,
    threads: Int
  ) -> Outcome {
    Outcome(
      plan: plan, location: location, isWritten: written != nil,
      byteCount: (written?.byteCount ?? output.plainByteCount) + (folder?.copiedByteCount ?? 0),
      hashes: hashes, roundingLoss: written?.roundingLoss,
      deltaSquares: written?.deltaSquares, seconds: seconds,
      predictedPeakBytes: output.peakByteCount(threads: threads))
  }
}

/// The folder that a model of several files is written as.
private struct ModelFolder: Sendable {
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

  func check(_ output: MergeRequest.Output) throws {
    guard path != "-" else { return }
    guard !Folder.contains(path, in: source) else {
      throw FormatError(
        .cannotCreate, file: path,
        "lies in the base's folder, all of which is copied to the output",
        remedy: "name a folder outside \(printable(source))")
    }
    guard !output.makesFolders || Folder.exists(path) else { return }
    try FolderOutput.check(path, names: names, replaces: output.replaces)
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
