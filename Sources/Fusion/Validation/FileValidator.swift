package import Formats

/// Finds all that is wrong with files, with the readers that merging uses.
///
/// No file is refused by merging and called sound here: what a reader throws is a finding, and an
/// adapter without one is planned as a merge of itself.
package struct FileValidator: Sendable {
  /// Whether weights are left unread.
  private let isQuick: Bool
  /// How many threads scan the weights of one file.
  private let threads: Int
  /// The base model that adapters should fit, where one is given.
  private let base: Checkpoint?

  package init(isQuick: Bool, threads: Int, base: Checkpoint? = nil) {
    (self.isQuick, self.threads, self.base) = (isQuick, threads, base)
  }

  /// What is wrong with the file, PEFT folder or index of shards at `path`.
  package func validate(_ path: String) -> FileValidation {
    var result = FileValidation(path: path)
    if ShardIndex.isIndex(path) {
      validateIndex(&result)
    } else {
      validateFile(&result)
    }
    result.finish()
    return result
  }

  private func validateFile(_ result: inout FileValidation) {
    do {
      let location = try AdapterPath.locate(result.path)
      guard let file = open(location.tensors, &result) else { return }
      if !AdapterFile.isAdapter(file), FileInspection.isCheckpoint(file) {
        result.kind = .checkpoint
        result.add(file.header.notes)
        result.add(Finding(.checkpoint, "is a model, not an adapter"))
        checkWeights(file, of: [], &result)
      } else {
        let modules = checkAdapter(file, config: location.config, &result)
        checkWeights(file, of: modules, &result)
      }
      result.add(MetadataRules(file.header.metadata).findings)
    } catch {
      result.add(error)
    }
  }

  /// The file at `path`; nil where its bytes cannot be told apart.
  private func open(_ path: String, _ result: inout FileValidation) -> SafetensorsFile? {
    var log = FaultLog.collecting
    do {
      let file = try SafetensorsFile(path: path, log: &log)
      result.tensorCount = (result.tensorCount ?? 0) + file.header.tensors.count
      result.add(NameRules.findings(file.header.tensors))
      return file
    } catch {
      log.end(with: error)
    }
    for fault in log.faults { result.add(fault) }
    return nil
  }

  /// The modules of the adapter in `file`; none where it has faults.
  private func checkAdapter(
    _ file: SafetensorsFile, config: String?, _ result: inout FileValidation
  ) -> [AdapterModule] {
    var log = FaultLog.collecting
    do {
      let adapter = try AdapterFile(path: result.path, tensors: file, config: config, log: &log)
      result.kind = .adapter
      result.moduleCount = adapter.modules.count
      result.add(adapter.notes)
      result.add(AdapterRules(adapter, base: base).findings)
      return adapter.modules
    } catch {
      if AdapterFile.isAdapter(file) { result.kind = .adapter }
      log.end(with: error)
      result.add(file.header.notes)
    }
    for fault in log.faults { result.add(fault) }
    return []
  }

  private func checkWeights(
    _ file: SafetensorsFile, of modules: [AdapterModule], _ result: inout FileValidation
  ) {
    guard !isQuick else { return }
    // Of what is no weight of a module, such as an alpha, the reader says what matters.
    let weights = modules.isEmpty ? nil : Set(modules.flatMap(\.tensors).map(\.name))
    let scan = WeightScan(file, weights: weights, threads: threads)
    result.add(scan.findings)
    result.add(scan.modulesWithoutEffect(modules))
  }

  private func validateIndex(_ result: inout FileValidation) {
    result.kind = .shards
    var log = FaultLog.collecting
    var index: ShardIndex?
    do {
      index = try ShardIndex(path: result.path, log: &log)
    } catch {
      log.end(with: error)
    }
    for fault in log.faults { result.add(fault) }
    guard let index else { return }
    var contents: [(shard: String, file: SafetensorsFile)] = []
    for shard in index.shards {
      var part = FileValidation(path: "\(index.folder)/\(shard)")
      if !Folder.isFile(part.path) {
        part.add(Finding(.missingShard, "is not beside the index"))
      } else if let file = open(part.path, &part) {
        contents.append((shard, file))
        checkWeights(file, of: [], &part)
      }
      result.tensorCount = (result.tensorCount ?? 0) + (part.tensorCount ?? 0)
      result.add(
        part.findings.map { finding in
          let place = ["shard '\(printable(shard))'", finding.place].compactMap(\.self)
          return Finding(
            finding.code, place: place.joined(separator: ", "), finding.message,
            remedy: finding.remedy)
        })
    }
    result.add(index.findings(in: contents))
  }
}
