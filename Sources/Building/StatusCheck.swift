internal import Formats
internal import Synchronization
internal import Workers

/// Compares targets with what earlier builds left.
struct StatusCheck: Sendable {
  private let folder: BuildFolder
  private let state: BuildState
  private let digests: ContentDigests
  /// What is wrong with traces, by id.
  private let faults: [String: TargetStatus.Reason]

  init(_ folder: BuildFolder, _ state: BuildState, _ digests: ContentDigests, threads: Int) {
    (self.folder, self.state, self.digests) = (folder, state, digests)
    let traces = state.traces
    let paths = Set(
      traces.values.flatMap { $0.entries.filter { $0.kind == .file }.map(\.path) })
    digests.prepare(paths.sorted().map(folder.absolute), threads: threads)
    // Targets share most inputs, so each is looked at once.
    var known: [Trace.Entry: TargetStatus.Reason?] = [:]
    var faults: [String: TargetStatus.Reason] = [:]
    for (id, trace) in traces {
      for entry in trace.entries {
        let fault = known[entry] ?? Self.fault(in: entry, folder, digests)
        known[entry] = .some(fault)
        guard let fault else { continue }
        faults[id] = fault
        break
      }
    }
    self.faults = faults
  }

  private static func fault(
    in entry: Trace.Entry, _ folder: BuildFolder, _ digests: ContentDigests
  ) -> TargetStatus.Reason? {
    let path = folder.absolute(entry.path)
    switch entry.kind {
    case .file:
      let digest = try? digests.digest(ofFile: path)
      guard let digest else { return .inputMissing(path) }
      return digest == entry.digest ? nil : .inputChanged(path)
    case .absent: return Folder.exists(path) ? .inputChanged(path) : nil
    case .encoder: return nil
    case .listing:
      return Trace.listingDigest(of: path) == entry.digest ? nil : .inputChanged(path)
    }
  }

  /// The status of a target whose request has the digest `request`.
  func status(of name: String, request: String) -> TargetStatus {
    guard let built = state.targets[name] else { return .stale(.neverBuilt) }
    guard built.request == request else { return .stale(.requestChanged) }
    guard state.traces[built.trace] != nil else { return .stale(.neverBuilt) }
    if let fault = faults[built.trace] { return .stale(fault) }
    for output in built.outputs {
      let path = folder.absolute(output.path)
      guard let stamp = FileStamp(ofFile: path) else { return .stale(.outputMissing(path)) }
      guard stamp != output.stamp else { continue }
      // A file that was only touched, or copied with its folder, is what was written.
      guard (try? digests.digest(ofFile: path)) == output.sha256 else {
        return .stale(.outputChanged(path))
      }
    }
    return .current(built)
  }
}
