/// An adapter open for reading: what each of its modules changes, and what it says of itself.
package struct AdapterFile: Sendable {
  /// The file or folder as the user named it.
  package let path: String
  package let tensors: SafetensorsFile
  /// The modules, sorted by target; each target occurs once.
  package private(set) var modules: [AdapterModule]
  /// The dialect of most modules.
  package let dialect: AdapterDialect
  /// The family that the names are of; nil for UNets, and where names do not tell.
  package let family: FamilyNames?
  /// The configuration of a PEFT folder.
  package let config: PEFTConfig?
  /// The SHA-256 of that configuration's file.
  package let configHash: String?
  /// How many modules have another scale than the file tells: ``AdapterReading``.
  package let rescaledCount: Int
  /// The tensors of embeddings (textual inversion) that are in the file too.
  package let embeddings: [TensorEntry]
  /// What a careful user would want to know.
  package let notes: [Finding]
  /// Every file that was read to know the modules.
  package let files: [String]

  /// The same file with other modules in it: some of its own, or renamed.
  package func replacing(modules: [AdapterModule]) -> AdapterFile {
    var file = self
    file.modules = modules
    return file
  }

  package var metadata: [String: String] { tensors.header.metadata }

  /// What a careful user would want to know, in sentences.
  package var warnings: [String] { notes.map(\.sentence) }

  /// The adapter's name: the file's or folder's, without what only tells its type.
  package var name: String { AdapterPath.name(of: path) }

  /// Opens the adapter at `path`, a file or a PEFT folder, and checks all that headers can tell.
  ///
  /// - Throws: `FormatError` for a file that is no adapter, or one that this version cannot read
  ///   as a whole.
  package init(
    path: String, reading: AdapterReading = AdapterReading()
  ) throws(FormatError) {
    var log = FaultLog.throwing
    let location = try AdapterPath.locate(path)
    try self.init(
      path: path, tensors: SafetensorsFile(path: location.tensors), config: location.config,
      reading: reading, log: &log)
  }

  /// The adapter at `path` whose tensors are open already, with all that is wrong told to `log`.
  ///
  /// - Parameters:
  ///   - path: what messages call the adapter.
  ///   - tensors: its file.
  ///   - configPath: the path of its configuration, if it is a PEFT adapter.
  ///   - reading: how scales are read.
  ///   - log: where faults go.
  /// - Throws: the first fault, when all modules were looked at.
  package init(
    path: String, tensors: SafetensorsFile, config configPath: String?,
    reading: AdapterReading = AdapterReading(), log: inout FaultLog
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
    modules = try reader.modules(reading)
    tensors.closeDescriptor()
    dialect = reader.mostFrequentDialect(of: modules)
    family = reader.family
    rescaledCount = reader.rescaledCount
    embeddings = reader.embeddings
    notes = tensors.header.notes + reader.notes
    try reader.log.throwFirst()
  }

  /// Whether some name in `file` is that of an adapter's tensor.
  package static func isAdapter(_ file: SafetensorsFile) -> Bool {
    file.header.tensors.contains { TensorRole.split($0.name.string)?.role.isCommon == false }
  }

  /// The name of the module that the tensor `name` belongs to: all but the end that tells its role; nil
  /// if that is of no known kind.
  package static func stem(ofTensor name: String) -> String? { TensorRole.split(name)?.stem }

  /// Whether a tensor called `other` would be read as one called `name` is, in a file of `family`: the
  /// same part of the same module, in the same dialect.
  package static func isSame(_ name: String, _ other: String, in family: FamilyNames?) -> Bool {
    guard name != other else { return true }
    guard let (stem, role) = TensorRole.split(name),
      let (otherStem, otherRole) = TensorRole.split(other), role == otherRole,
      let (dialect, target) = AdapterReader.target(ofStem: stem),
      let (otherDialect, otherTarget) = AdapterReader.target(ofStem: otherStem),
      dialect == otherDialect
    else { return false }
    // On some shapes it depends whether halves are swapped.
    return target == otherTarget
      || [nil, [2, 1]].allSatisfy { shape in
        let stacks = [target, otherTarget].map { $0.stack(in: family, shape: shape) }
        return stacks[0].pieces == stacks[1].pieces
          && stacks[0].swapsHalves == stacks[1].swapsHalves
      }
  }

  /// Whether more than half of the names in `file` are those of adapters' tensors.
  ///
  /// A model may have a few that look like it, such as the `alpha` of an activation.
  static func isMostlyAdapter(_ file: SafetensorsFile) -> Bool {
    let names = file.header.tensors.map(\.name.string)
    let count = names.count { TensorRole.split($0)?.role.isCommon == false }
    return 2 * count > names.count
  }
}
