package import Formats

/// What the paths of a command that looks at files stand for.
package enum InspectionInputs {
  /// The files and folders that `path` stands for, each one adapter or one model: itself, or, if it is
  /// a folder of several, those below it, without the shards that an index names.
  ///
  /// - Throws: `FormatError` for a folder without any, or that cannot be read.
  package static func expand(_ path: String) throws(FormatError) -> [String] {
    guard !ModelFiles.isModelFolder(path) else { return [path] }
    return ValidationInputs.withoutShards(
      try AdapterPath.expand(path, also: [ShardIndex.suffix]))
  }
}
