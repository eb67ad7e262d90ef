internal import Formats
internal import Fusion
internal import Synchronization

/// A target whose files are complete, but have not their names yet.
struct FinishedWork: Sendable {
  let index: Int
  let trace: Trace
  /// The files that it was made from.
  let inputs: [String]
  /// The files that it consists of.
  let outputs: [String]
  let batch: OutputBatch
  let seconds: Double
}

/// Gives finished targets their names, many at a time, and says so in the journal.
///
/// The order is what makes a build safe to kill: contents reach the disk, then files get their names,
/// then the journal says what they are. Whatever is lost of the end of this is built again.
final class BuildCommitter: Sendable {
  private let build: Build
  private let journal: AppendedFile?
  private let report: @Sendable (Int, TargetResult) -> Void
  private let waiting = Mutex(Waiting())
  private let stopped = Mutex(false)
  /// One batch at a time goes to the disk.
  private let turn = Mutex(())

  private struct Waiting {
    var work: [FinishedWork] = []
    var byteCount = 0
    var since = ContinuousClock.now
  }

  /// A batch is full with this many targets or bytes, or when its first target is this old.
  private static let fullCount = 128
  private static let fullByteCount = 256 << 20
  private static let fullAge = Duration.seconds(1)

  init(
    _ build: Build, _ journal: AppendedFile?,
    _ report: @escaping @Sendable (Int, TargetResult) -> Void
  ) {
    (self.build, self.journal, self.report) = (build, journal, report)
  }

  /// Whether no further target is to be started.
  var hasStopped: Bool { stopped.withLock { $0 } }

  func fail(_ index: Int, _ error: any Error) {
    if !build.options.keepsGoing { stopped.withLock { $0 = true } }
    report(index, build.result(index, .failed, error: error))
  }

  /// Takes a target, and gives names to all that wait if they are many.
  ///
  /// - Throws: `FormatError` of the journal.
  func add(_ work: FinishedWork) throws {
    let isFull = waiting.withLock { waiting in
      if waiting.work.isEmpty { waiting.since = .now }
      waiting.work.append(work)
      waiting.byteCount += work.batch.byteCount
      return waiting.work.count >= Self.fullCount || waiting.byteCount >= Self.fullByteCount
        || ContinuousClock.now - waiting.since >= Self.fullAge
    }
    if isFull { try commit() }
  }

  /// Gives names to all that wait.
  func finish() throws {
    try commit()
    build.settle()
  }

  private func commit() throws {
    try turn.withLock { _ in
      let work = waiting.withLock { waiting in
        defer { waiting = Waiting() }
        return waiting.work
      }
      guard !work.isEmpty else { return }
      do {
        try commit(work)
      } catch let error as FormatError {
        // One file that cannot get its name shall not keep others from theirs.
        guard work.count > 1 else { return fail(work[0].index, error) }
        for single in work {
          do { try commit([single]) } catch { fail(single.index, error) }
        }
      }
    }
  }

  /// Whether the file at `path` may have been another when its digest was taken than when it was read.
  private func hasChanged(_ path: String) -> Bool {
    if let stamp = FileStamp(ofFile: path), stamp.modified > build.options.began { return true }
    return !build.digests.isUnchanged(path)
  }

  private func commit(_ work: [FinishedWork]) throws {
    let whole = OutputBatch()
    let members = work.map(\.batch.members)
    for item in work { whole.take(item.batch) }
    try whole.commit()
    var lines = ""
    var results: [(Int, TargetResult)] = []
    for (item, members) in zip(work, members) {
      let outputs = try build.outputs(of: item, members)
      // A file may be replaced while it is read; what was made of it then is not what it is now.
      if let changed = item.inputs.first(where: hasChanged) {
        fail(
          item.index,
          FormatError(
            .busy, file: changed, "changed while it was read", remedy: "build again"))
        continue
      }
      let target = BuiltTarget(
        name: build.targets[item.index].name, request: build.requests[item.index],
        trace: item.trace.id, outputs: outputs)
      build.removeStatements(of: target)
      lines += build.record(target, item.trace, index: item.index)
      results.append(
        (
          item.index,
          build.result(item.index, .built, files: outputs, seconds: item.seconds)
        ))
    }
    try journal?.append(lines)
    for (index, result) in results { report(index, result) }
  }
}
