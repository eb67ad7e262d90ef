package import Formats

/// One merge, planned and checked: what will be written, and where.
package struct MergeJob: Sendable {
  /// What a merge wrote, or would write.
  package struct Outcome: Sendable {
    package let plan: MergePlan
    package let location: OutputLocation
    package let isWritten: Bool
    /// The size of what was written; of the plain file where nothing was.
    package let byteCount: Int
    /// Of each adapter; empty where nothing was written.
    package let inputHashes: [String]
    /// Nil where nothing was computed.
    package let keptEnergy: Double?
    /// What was kept of recompressed modules, by their index in the plan.
    package let spectra: [Int: KeptSpectrum]
    package let seconds: Double
    package let predictedPeakBytes: Int

    /// Whether ranks, and so the size, may turn out smaller: they are not known before the spectra.
    package var isUpperBound: Bool {
      if case .energy = plan.options.rank { !isWritten } else { false }
    }
  }

  package let weighed: WeighedLibrary
  package let plan: MergePlan
  package let location: OutputLocation

  /// Plans what `request` asks for with the weights of `weighed`, and checks all that headers tell.
  ///
  /// - Throws: `FormatError` of inputs and output, `FusionError` of what does not fit together.
  package init(_ request: MergeRequest, _ weighed: WeighedLibrary) throws {
    self.weighed = weighed
    location = OutputLocation(request.output)
    plan = try MergePlan(
      weighed.library, weights: weighed.moduleWeights, options: request.options,
      isBare: location.folder == nil)
    if let folder = location.folder, plan.dialect != .peft {
      throw FusionError(
        .usage,
        "'\(folder)' is a folder, and the dialect \(plan.dialect.rawValue) is written as a file",
        hint: "name a file, such as \(folder)/merged.safetensors, or write --dialect peft")
    }
    try location.check()
  }

  /// The files that the result is made from.
  package var inputFiles: [String] {
    weighed.library.members.flatMap(\.file.files) + weighed.encoderFiles
      + weighed.moduleWeights.files
  }

  /// Checks that the dialect has a name for all that is written.
  ///
  /// - Returns: about how many bytes that is: without the header.
  /// - Throws: `FormatError` that names a module without one.
  package func checkNames() throws(FormatError) -> Int {
    try AdapterOutput.checkNames(of: plan, output: location.destination.name)
    return plan.modules.reduce(0) { count, module in
      let elements =
        module.form == .vector ? module.out : module.rank * (module.out + module.inner)
      return count + (plan.dtype.byteCount(ofShape: [elements]) ?? 0)
    }
  }

  /// What would be written; no weight is read.
  ///
  /// - Throws: `FormatError` when the dialect has no name for a module.
  package func dryRun(threads: Int) throws -> Outcome {
    let output = try output(
      of: plan, hashes: weighed.library.members.map { _ in InputHashes.placeholder })
    return outcome(of: plan, output, written: nil, hashes: [], 0, threads: threads)
  }

  /// Computes and writes the adapter.
  ///
  /// - Parameters:
  ///   - inputs: the hashes of the adapters, which are computed along with the rest.
  ///   - batch: what the files wait for before they get their names; nil for nothing.
  ///   - threads: how many modules to compute at a time.
  ///   - progress: is told how many units are done, and of how many.
  /// - Returns: what was written.
  /// - Throws: `FormatError` of inputs and output.
  package func write(
    _ inputs: InputHashes, with batch: OutputBatch? = nil, threads: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> Outcome {
    let start = ContinuousClock.now
    let resolved = try plan.resolvingRanks(threads: threads)
    let output = try output(of: resolved, hashes: inputs.placeholders, batch)
    let (weighed, name) = (weighed, location.destination.name)
    let side = SideWork(stepCount: inputs.stepCount, step: { _ in inputs.takeNext() }) {
      let metadata = MergedMetadata(resolved, weighed, hashes: inputs.digests)
      return try output.layout.replacing(metadata: metadata.entries, file: name)
    }
    inputs.finishEarly()
    let config = location.folder == nil ? nil : resolved.peftConfig.indented + "\n"
    let written = try location.inFolder(config: config, with: batch) {
      try output.write(along: side, threads: threads, progress: progress)
    }
    return outcome(
      of: resolved, output, written: written, hashes: inputs.digests,
      (ContinuousClock.now - start).seconds, threads: threads)
  }

  private func output(
    of plan: MergePlan, hashes: [String], _ batch: OutputBatch? = nil
  ) throws -> AdapterOutput {
    let metadata = MergedMetadata(plan, weighed, hashes: hashes)
    var destination = location.destination
    destination.batch = batch
    return try AdapterOutput(plan, metadata: metadata.entries, destination: destination)
  }

  private func outcome(
    of plan: MergePlan, _ planned: AdapterOutput, written: AdapterOutput.Result?, hashes: [String],
    _ seconds: Double, threads: Int
  ) -> Outcome {
    Outcome(
      plan: plan, location: location, isWritten: written != nil,
      byteCount: written?.byteCount ?? planned.plainByteCount, inputHashes: hashes,
      keptEnergy: written?.keptEnergy, spectra: written?.spectra ?? [:], seconds: seconds,
      predictedPeakBytes: planned.peakByteCount(threads: threads))
  }
}

extension Duration {
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
