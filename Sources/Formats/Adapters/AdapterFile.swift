/// An adapter open for reading: what each of its modules changes, and what it says of itself.
package struct AdapterFile: Sendable {
  /// The file or folder as the user named it.
  package let path: String
  package let tensors: SafetensorsFile
  /// The modules, sorted by target; each target occurs once.
  package let modules: [AdapterModule]
  /// The dialect of most modules.
  package let dialect: AdapterDialect
  /// The family that the names are of; nil for UNets, and where names do not tell.
  package let family: FamilyNames?
  /// The configuration of a PEFT folder.
  package let config: PEFTConfig?
  /// The SHA-256 of that configuration's file.
  package let configHash: String?
  /// What a careful user would want to know.
  package let notes: [Finding]
  /// Every file that was read to know the modules.
  package let files: [String]

  package var metadata: [String: String] { tensors.header.metadata }

  /// What a careful user would want to know, in sentences.
  package var warnings: [String] { notes.map(\.sentence) }

  /// The adapter's name: the file's or folder's, without what only tells its type.
  package var name: String { AdapterPath.name(of: path) }

  /// Opens the adapter at `path`, a file or a PEFT folder, and checks all that headers can tell.
  ///
  /// - Throws: `FormatError` for a file that is no adapter, or one that this version cannot read
  ///   as a whole.
  package init(path: String) throws(FormatError) {
    var log = FaultLog.throwing
    let location = try AdapterPath.locate(path)
    try self.init(
      path: path, tensors: SafetensorsFile(path: location.tensors), config: location.config,
      log: &log)
  }

  /// The adapter at `path` whose tensors are open already, with all that is wrong told to `log`.
  ///
  /// - Parameter config: the path of its configuration, if it is a PEFT adapter.
  /// - Throws: the first fault, when all modules were looked at.
  package init(
    path: String, tensors: SafetensorsFile, config configPath: String?, log: inout FaultLog
  ) throws(FormatError) {
    self.path = path
    self.tensors = tensors
    config = try configPath.map { config throws(FormatError) in try PEFTFolder.config(at: config) }
    configHash = try configPath.map { config throws(FormatError) in
      try ContentHash.sha256(ofFile: config)
    }
    files = [tensors.path] + (configPath.map { [$0] } ?? [])
    var reader = AdapterReader(tensors, config: config, log: log)
    defer { log = reader.log }
    try reader.readNames()
    modules = try reader.modules()
    tensors.closeDescriptor()
    dialect = reader.mostFrequentDialect(of: modules)
    family = reader.family
    notes = tensors.header.notes + reader.notes
    try reader.log.throwFirst()
  }

  /// Whether some name in `file` is that of an adapter's tensor.
  package static func isAdapter(_ file: SafetensorsFile) -> Bool {
    file.header.tensors.contains { TensorRole.split($0.name.string)?.role.isCommon == false }
  }
}
