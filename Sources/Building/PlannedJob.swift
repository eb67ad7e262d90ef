internal import Formats
package import Fusion
internal import TextEncoders

/// A merge or a bake that was planned and checked.
package enum PlannedJob: Sendable {
  case merge(MergeJob)
  case bake(BakeJob)

  /// Opens, weighs and plans what `request` asks for.
  ///
  /// - Throws: what is wrong with the request, its inputs or its output, as far as that can be known
  ///   before the first weight is computed.
  init(_ request: MergeRequest, sharing inputs: SharedInputs, threads: Int) throws {
    let library = try AdapterLibrary(request, sharing: inputs, threads: threads)
    let weighed = try WeighedLibrary(
      library, request.weighing, sharing: inputs, threads: threads)
    if let base = request.base {
      self = .bake(try BakeJob(request, weighed, into: inputs.checkpoint(at: base)))
    } else {
      self = .merge(try MergeJob(request, weighed))
    }
  }

  package var weighed: WeighedLibrary {
    switch self {
    case .merge(let job): job.weighed
    case .bake(let job): job.weighed
    }
  }

  package var inputFiles: [String] {
    switch self {
    case .merge(let job): job.inputFiles
    case .bake(let job): job.inputFiles
    }
  }

  /// Where the result goes, as errors and results call it.
  package var outputName: String {
    switch self {
    case .merge(let job): job.location.folder ?? job.location.destination.name
    case .bake(let job): job.location.name
    }
  }

  /// The paths of all files that will be written.
  package var outputFiles: [String] {
    switch self {
    case .merge(let job): job.location.files
    case .bake(let job): job.outputFiles
    }
  }

  /// The size of the plain output, and the memory that computing needs, in bytes.
  package func size(threads: Int) throws -> (byteCount: Int, peakByteCount: Int, isUpperBound: Bool)
  {
    switch self {
    case .merge(let job):
      let outcome = try job.dryRun(threads: threads)
      return (outcome.byteCount, outcome.predictedPeakBytes, outcome.isUpperBound)
    case .bake(let job):
      let outcome = try job.dryRun(threads: threads)
      return (outcome.byteCount, outcome.predictedPeakBytes, false)
    }
  }

  /// Checks what planning leaves to the layout of the file.
  ///
  /// - Returns: about how many bytes are written.
  /// - Throws: `FormatError` for a module without a name.
  func checkNames() throws(FormatError) -> Int {
    switch self {
    case .merge(let job): try job.checkNames()
    case .bake(let job): job.plan.checkpoint.byteCount
    }
  }

  /// How much memory the plan itself takes, in parts of modules.
  var partCount: Int {
    switch self {
    case .merge(let job): job.plan.modules.reduce(0) { $0 + $1.parts.count }
    case .bake(let job): job.plan.targets.count * max(1, job.plan.active.count)
    }
  }

  /// The files whose digests go into the output.
  var hashedFiles: [String] {
    let adapters = weighed.library.members.map(\.file.tensors.path)
    guard case .bake(let job) = self else { return adapters }
    return adapters + job.plan.checkpoint.files.map(\.tensors.path)
  }

  /// Computes and writes; the digests of ``hashedFiles`` are known to `inputs`.
  func write(sharing inputs: SharedInputs, with batch: OutputBatch, threads: Int) throws {
    switch self {
    case .merge(let job):
      let hashes = InputHashes(job.weighed.library, knownTo: inputs)
      _ = try job.write(hashes, with: batch, threads: threads) { _, _ in }
    case .bake(let job):
      let hashes = InputHashes(
        job.weighed.library, base: job.plan.checkpoint, knownTo: inputs)
      _ = try job.write(hashes, with: batch, threads: threads) { _, _ in }
    }
  }

  /// What the result was made from, as it is on the disk now.
  ///
  /// - Throws: `FormatError` when a file cannot be read.
  func trace(_ folder: BuildFolder, _ digests: ContentDigests) throws -> Trace {
    var entries: [Trace.Entry] = []
    for path in inputFiles + weighed.sidecars {
      let digest = try digests.digest(ofFile: path)
      entries.append(
        Trace.Entry(
          kind: digest == nil ? .absent : .file, path: folder.relative(path),
          digest: digest ?? ""))
    }
    for path in listings {
      entries.append(
        Trace.Entry(
          kind: .listing, path: folder.relative(path), digest: Trace.listingDigest(of: path)))
    }
    if let encoder = weighed.encoder {
      entries.append(
        Trace.Entry(kind: .encoder, path: folder.relative(encoder.spec), digest: encoder.id))
    }
    var seen: Set<Trace.Entry> = []
    return Trace(entries: entries.filter { seen.insert($0).inserted })
  }

  /// Folders in which another file might be read instead, or also.
  private var listings: [String] {
    var folders = weighed.library.members.map(\.file.path).filter(Folder.isFolder)
    if let encoder = weighed.encoder?.spec, Folder.isFolder(encoder) { folders.append(encoder) }
    if case .bake(let job) = self, job.plan.checkpoint.isFolder {
      folders.append(job.plan.checkpoint.folder)
    }
    return folders
  }
}
