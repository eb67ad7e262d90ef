package import Formats
package import Fusion
internal import Synchronization
internal import Workers

/// One run over some targets of a recipe: what must be built, is it sound, and the building.
///
/// The steps are called one after the other: ``init(_:_:options:)``, which compares targets with what
/// earlier builds left; ``check()``, which plans the others; ``run(_:)``.
package final class Build: Sendable {
  package struct Options: Sendable {
    package var threads = 1
    /// How many small targets are computed at a time; nil for as many as threads.
    package var jobs: Int?
    /// Whether targets are built that are as they should be.
    package var isForced = false
    /// Whether the others are built when one has a fault.
    package var keepsGoing = false
    /// Whether a statement of provenance is written beside every output.
    package var hasStatements = false
    /// When the first input was read; files that changed later may have been read before or after that.
    package var began: Int

    package init(began: Int = FileStamp.currentTick) { self.began = began }
  }

  package let targets: [BuildTarget]
  /// One for each target.
  package let statuses: [TargetStatus]
  package let inputs = SharedInputs()
  package let digests: ContentDigests
  let folder: BuildFolder
  let options: Options
  let requests: [String]
  let state: Mutex<BuildState>
  /// Whether the state came from several files.
  private let isMerged: Bool
  private let checked = Mutex(Checked())
  private let written = Mutex(Written())
  /// The indices of targets that this run built.
  private let built = Mutex<Set<Int>>([])

  private struct Written {
    var folders: Set<String> = []
    /// When the last file changed.
    var latest = 0
  }

  private struct Checked {
    /// The plans of targets, as far as they are small enough to be kept, by index.
    var jobs: [Int: PlannedJob] = [:]
    var faults: [Int: any Error] = [:]
    /// About the sizes of the outputs.
    var byteCounts: [Int: Int] = [:]
    /// Of all plans that are kept.
    var partCount = 0
  }

  /// Compares `targets` with what earlier builds in `folder` left.
  ///
  /// The caller holds the folder's locks if targets are to be built.
  package init(_ targets: [BuildTarget], _ folder: BuildFolder, options: Options) {
    (self.targets, self.folder, self.options) = (targets, folder, options)
    let folder = folder
    let (state, isMerged) = folder.state()
    self.state = Mutex(state)
    self.isMerged = isMerged
    let digests = ContentDigests(
      Dictionary(uniqueKeysWithValues: state.digests.map { (folder.absolute($0), $1) }))
    self.digests = digests
    let digestsOfRequests = try? parallelMap(count: targets.count, threads: options.threads) {
      targets[$0].digest(in: folder, hasStatement: options.hasStatements)
    }
    let requests = digestsOfRequests ?? []
    self.requests = requests
    let check = StatusCheck(folder, state, digests, threads: options.threads)
    let isForced = options.isForced
    let statuses = try? parallelMap(count: targets.count, threads: options.threads) { index in
      isForced
        ? TargetStatus.stale(.forced)
        : check.status(of: targets[index].name, request: requests[index])
    }
    self.statuses = statuses ?? []
  }

  /// The indices of targets that must be built.
  package var stale: [Int] {
    statuses.indices.filter { index in
      if case .stale = statuses[index] { true } else { false }
    }
  }

  /// Plans take memory for every module and adapter; beyond this number of both, they are made again
  /// when their turn comes.
  private static let keptParts = 400_000

  /// Plans all targets that must be built, and finds what is wrong with them.
  package func check() {
    let refused = faults
    let stale = stale.filter { refused[$0] == nil }
    let (inputs, threads, targets) = (inputs, options.threads, targets)
    prepareVectors(of: stale)
    try? parallelForEach(count: stale.count, threads: threads) { place in
      let index = stale[place]
      do {
        let job = try PlannedJob(targets[index].request, sharing: inputs, threads: 1)
        let byteCount = try job.checkNames()
        let count = job.partCount
        checked.withLock { checked in
          checked.byteCounts[index] = byteCount
          guard checked.partCount + count <= Self.keptParts else { return }
          checked.jobs[index] = job
          checked.partCount += count
        }
      } catch {
        checked.withLock { $0.faults[index] = error }
      }
    }
  }

  /// What is wrong with targets, by index.
  package var faults: [Int: any Error] { checked.withLock { $0.faults } }

  /// About the size of the output of a target that was checked.
  func byteCount(_ index: Int) -> Int { checked.withLock { $0.byteCounts[index] ?? .max } }

  /// Says that a target cannot be built.
  package func refuse(_ index: Int, _ error: any Error) {
    checked.withLock { $0.faults[index] = error }
  }

  /// Embeds the texts of all targets, so that the plans of those that are as they should be are made as
  /// fast as others.
  package func prepareAll() { prepareVectors(of: Array(targets.indices)) }

  /// Embeds the texts of all targets together.
  private func prepareVectors(of indices: [Int]) {
    let (inputs, targets) = (inputs, targets)
    let libraries = try? parallelMap(count: indices.count, threads: options.threads) { place in
      let request = targets[indices[place]].request
      // What is wrong is found again when the target is planned.
      let library = try? AdapterLibrary(request, sharing: inputs, threads: 1)
      return library.map { (library: $0, request: request.weighing) }
    }
    try? WeighedLibrary.prepare(
      (libraries ?? []).compactMap(\.self), sharing: inputs, threads: options.threads)
  }

  /// The plan of a target.
  ///
  /// - Throws: what is wrong with it.
  package func job(_ index: Int) throws -> PlannedJob {
    let (job, fault) = checked.withLock { ($0.jobs[index], $0.faults[index]) }
    if let fault { throw fault }
    return try job ?? PlannedJob(targets[index].request, sharing: inputs, threads: 1)
  }

  /// Writes what is known now, for the next build, if that is more than before.
  ///
  /// - Parameter names: all targets of the recipe; what is known of others is dropped.
  /// - Throws: `FormatError` of the state file.
  package func save(names: Set<String>) throws(FormatError) {
    guard folder.keepsState else { return }
    let (lasting, folder) = (digests.lasting, folder)
    let known = Dictionary(
      uniqueKeysWithValues: lasting.map { (folder.relative($0), $1) })
    let text = state.withLock { state in
      let kept = state.digests.merging(known) { $1 }.filter { path, entry in
        known[path] != nil || FileStamp(ofFile: folder.absolute(path)) == entry.stamp
      }
      for name in state.targets.keys where !names.contains(name) { state.remove(name) }
      return state.text(digests: kept)
    }
    let old = try? Folder.bytes(ofFile: folder.statePath, limit: 1 << 30)
    if old.map({ $0.elementsEqual(text.utf8) }) != true {
      try OutputFile.writeUnsynced(Array(text.utf8), to: folder.statePath)
    }
    if isMerged { folder.removeParts() }
  }

  /// Says in the state that a target was built, and returns what the journal gets.
  func record(_ target: BuiltTarget, _ trace: Trace, index: Int) -> String {
    built.withLock { _ = $0.insert(index) }
    return state.withLock { state in
      var records: [StateRecord] = []
      if state.traces[target.trace] == nil { records.append(.trace(id: target.trace, trace)) }
      records.append(.built(target))
      for record in records { state.add(record) }
      return records.map(\.line).joined()
    }
  }

  /// Removes the statement that an earlier build wrote beside the output of `target`, if this one wrote
  /// none: it would accuse the new output.
  func removeStatements(of target: BuiltTarget) {
    let earlier = state.withLock { $0.targets[target.name]?.outputs ?? [] }
    let current = Set(target.outputs.map(\.path))
    for output in earlier
    where output.path.hasSuffix(ProvenanceStatement.suffix) && !current.contains(output.path) {
      Folder.removeFile(folder.absolute(output.path))
    }
  }

  /// Removes what builds that were killed left, and says in the state that one is at work.
  ///
  /// - Returns: the journal; nil where no state is kept.
  func begin(_ indices: [Int]) throws(FormatError) -> AppendedFile? {
    guard folder.keepsState else { return nil }
    let state = state.withLock { $0 }
    folder.removeUnfinished(
      in: Set(state.unfinishedFolders.map(folder.absolute)),
      outputs: Set(targets.compactMap { $0.request.output.path.map(Folder.trimmed) })
        .union([folder.statePath]))
    if state.isDamaged || !Folder.exists(folder.statePath) {
      try OutputFile.writeUnsynced(
        Array(state.text(digests: state.digests).utf8), to: folder.statePath)
    }
    let journal = try AppendedFile(path: folder.statePath)
    let folders = Set(
      indices.compactMap { targets[$0].request.output.path }.flatMap { path in
        // A folder is written beside its place, files of one inside.
        let trimmed = Folder.trimmed(path)
        return [Folder.split(trimmed).folder] + (path == trimmed ? [] : [trimmed])
      }.map(folder.relative))
    try journal.append(StateRecord.started(folders: folders.sorted()).line)
    return journal
  }

  /// The files of a target that were written just now; `members` are those whose digests are known.
  func outputs(
    of work: FinishedWork, _ members: [OutputBatch.Member]
  ) throws(FormatError) -> [BuiltTarget.Output] {
    var known: [String: String] = [:]
    for member in members { known[member.path] = member.sha256 }
    return try work.outputs.map { path throws(FormatError) in
      var sha256 = known[path] ?? ""
      if sha256.isEmpty { sha256 = try ContentHash.sha256(ofFile: path) }
      guard let stamp = FileStamp(ofFile: path) else {
        throw FormatError(.inputOutput, file: path, "vanished while it was written")
      }
      written.withLock { written in
        written.folders.insert(Folder.split(path).folder)
        written.latest = max(written.latest, stamp.modified)
      }
      return BuiltTarget.Output(path: folder.relative(path), sha256: sha256, stamp: stamp)
    }
  }

  /// Returns when the names of what was written are on the disk, and when every later change of a file
  /// will show in its stamp.
  func settle() {
    let written = written.withLock { $0 }
    guard written.latest > 0 else { return }
    OutputBatch.sync(folders: written.folders)
    if folder.keepsState { FileStamp.awaitTick(after: written.latest) }
  }

  /// Every file that was read for targets that are as they should be.
  package var inputFiles: [String] {
    let folder = folder
    return state.withLock { state in
      let traces = Set(targets.compactMap { state.targets[$0.name]?.trace })
      return traces.sorted().flatMap { state.traces[$0]?.files(in: folder) ?? [] }
    }
  }

  /// Every file of targets that are as they should be.
  package var outputFiles: [String] {
    let folder = folder
    return state.withLock { state in
      targets.flatMap { state.targets[$0.name]?.outputs.map { folder.absolute($0.path) } ?? [] }
    }
  }

  /// The trace of a target that is as it should be, and its id.
  func recordedTrace(_ index: Int) -> (id: String, trace: Trace)? {
    let target: BuiltTarget?
    if case .current(let built) = statuses[index] {
      target = built
    } else {
      let isBuilt = built.withLock { $0.contains(index) }
      target = isBuilt ? state.withLock { $0.targets[targets[index].name] } : nil
    }
    guard let id = target?.trace else { return nil }
    return state.withLock { $0.traces[id] }.map { (id, $0) }
  }
}
