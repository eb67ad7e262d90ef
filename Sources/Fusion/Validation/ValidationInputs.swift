package import Formats
internal import Workers

/// The files that the paths of a command stand for, and what is wrong with each.
package struct ValidationInputs: Sendable {
  /// What stands for a file of its own, or why a path stands for none.
  private enum Input: Sendable {
    case path(String)
    case fault(FormatError, path: String)
  }

  private let inputs: [Input]

  package var count: Int { inputs.count }

  /// Looks for files: folders stand for the adapters, PEFT folders and indexes of shards below them.
  ///
  /// Shards that an index names are validated with it.
  package init(_ paths: [String]) {
    inputs = paths.flatMap { path -> [Input] in
      do throws(FormatError) {
        let (found, faults) = try AdapterPath.expandAll(path, also: [ShardIndex.suffix])
        return Self.withoutShards(found).map { .path($0) }
          + faults.map { .fault($0, path: $0.file) }
      } catch {
        return [.fault(error, path: path)]
      }
    }
  }

  /// `paths` without the shards that an index among them names.
  static func withoutShards(_ paths: [String]) -> [String] {
    guard paths.count > 1 else { return paths }
    var shards: Set<String> = []
    for path in paths where ShardIndex.isIndex(path) {
      var log = FaultLog.collecting
      guard let index = try? ShardIndex(path: path, log: &log) else { continue }
      for shard in index.shards { shards.insert("\(index.folder)/\(shard)") }
    }
    return paths.filter { !shards.contains($0) }
  }

  /// Validates all files, in their order.
  ///
  /// - Parameters:
  ///   - isQuick: whether headers alone are read.
  ///   - base: the base model that adapters should fit, where one is given.
  ///   - threads: how many cores to use.
  ///   - progress: called with how many are done, and of how many.
  /// - Returns: the findings of every file.
  /// - Throws: nothing that is wrong with a file, for that is a finding.
  package func validate(
    isQuick: Bool, base: Checkpoint? = nil, threads: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> [FileValidation] {
    // A single file is divided among the threads; many files are handed out whole.
    let validator = FileValidator(
      isQuick: isQuick, threads: max(1, threads / max(1, count)), base: base)
    let done = Counter()
    return try parallelMap(count: count, threads: threads) { index in
      defer { progress(done.next(), count) }
      switch inputs[index] {
      case .path(let path): return validator.validate(path)
      case .fault(let error, let path):
        var result = FileValidation(path: path)
        result.add(error)
        return result
      }
    }
  }
}
