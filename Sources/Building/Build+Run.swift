internal import Dispatch
internal import Formats
internal import Fusion
internal import Synchronization
internal import Workers

extension Build {
  /// Outputs of at most this size are computed several at a time.
  private static let smallByteCount = 64 << 20

  /// Builds the targets that must be, and tells `report` of every target as it is finished; calls of it
  /// come one at a time.
  ///
  /// Targets with a fault fail; the others are built where ``Options/keepsGoing``, else skipped.
  ///
  /// - Returns: one result for each target, in their order.
  /// - Throws: `FormatError` of the state file.
  package func run(_ report: @escaping @Sendable (TargetResult) -> Void) throws -> [TargetResult] {
    let results = Mutex([TargetResult?](repeating: nil, count: targets.count))
    let finish: @Sendable (Int, TargetResult) -> Void = { index, result in
      results.withLock { results in
        results[index] = result
        report(result)
      }
    }
    let faults = faults
    for (index, status) in statuses.enumerated() {
      if case .current(let built) = status {
        finish(index, result(index, .unchanged, files: built.outputs))
      } else if let fault = faults[index] {
        finish(index, result(index, .failed, error: fault))
      }
    }
    let open = stale.filter { faults[$0] == nil }
    if !open.isEmpty, faults.isEmpty || options.keepsGoing {
      let committer = BuildCommitter(self, try begin(open), finish)
      try runAll(open, committer)
      try committer.finish()
    }
    let found = results.withLock { $0 }
    return targets.indices.map { index in
      if let result = found[index] { return result }
      let skipped = result(index, .skipped)
      report(skipped)
      return skipped
    }
  }

  func result(
    _ index: Int, _ status: TargetResult.Status, files: [BuiltTarget.Output] = [],
    seconds: Double = 0, error: (any Error)? = nil
  ) -> TargetResult {
    TargetResult(
      name: targets[index].name, status, output: targets[index].request.output.path, files: files,
      seconds: seconds, error: error)
  }

  /// Small targets several at a time, then the large ones, each by all threads.
  private func runAll(_ indices: [Int], _ committer: BuildCommitter) throws {
    let small = indices.filter { byteCount($0) <= Self.smallByteCount }
    let large = indices.filter { byteCount($0) > Self.smallByteCount }
    let workers = max(1, min(options.jobs ?? options.threads, small.count))
    for (part, workers) in [(small, workers), (large, 1)] where !part.isEmpty {
      let threads = max(1, options.threads / workers)
      // One more than work at a time, as one may wait for the disk.
      let permits = DispatchSemaphore(value: workers)
      try parallelForEach(count: part.count, threads: workers + 1) { place in
        guard !committer.hasStopped else { return }
        permits.wait()
        let work = build(part[place], threads: threads, committer)
        permits.signal()
        if let work { try committer.add(work) }
      }
    }
  }

  /// Computes a target; what goes wrong with it is its result.
  private func build(_ index: Int, threads: Int, _ committer: BuildCommitter) -> FinishedWork? {
    let start = ContinuousClock.now
    let batch = OutputBatch()
    do {
      let job = try job(index)
      // The digests go into the output; targets share most of them.
      for file in job.hashedFiles where inputs.sha256(ofFile: file) == nil {
        if let sha256 = try digests.digest(ofFile: file) {
          inputs.remember(sha256: sha256, ofFile: file)
        }
      }
      let trace = try job.trace(folder, digests)
      try job.write(sharing: inputs, with: batch, threads: threads)
      var outputs = job.outputFiles
      if options.hasStatements {
        let written = Dictionary(
          uniqueKeysWithValues: batch.members.map { ($0.path, $0.sha256) })
        let (path, statement) = try job.statement(
          for: targets[index].request, digests, written: written)
        try OutputFile.start(statement.document.indented + "\n", at: path, replaces: true)
          .commit(with: batch)
        outputs.append(path)
      }
      return FinishedWork(
        index: index, trace: trace, inputs: trace.files(in: folder), outputs: outputs,
        batch: batch, seconds: (ContinuousClock.now - start).seconds)
    } catch {
      committer.fail(index, error)
      return nil
    }
  }
}
