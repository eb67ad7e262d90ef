package import Formats

/// What a file is, as far as its header tells.
package struct FileInspection: Sendable {
  package enum Kind: String, Sendable { case adapter, checkpoint, unknown }

  package let path: String
  package let tensors: SafetensorsFile
  package let kind: Kind
  /// The adapter; nil for other files.
  package let adapter: AdapterFile?
  package let family: ModelFamily
  package let key: AdapterKey?
  package let training: TrainingFacts
  /// The blocks of the base that an adapter changes.
  package let blocks: [ModuleBlock]

  /// - Throws: `FormatError` for what is no safetensors file, and for an adapter that is not whole.
  package init(path: String) throws(FormatError) {
    let isFolder = Folder.isFolder(path)
    let file = isFolder ? nil : try SafetensorsFile(path: path)
    self.path = path
    if let file, !AdapterFile.isAdapter(file) {
      tensors = file
      kind = Self.isCheckpoint(file) ? .checkpoint : .unknown
      (adapter, key, blocks) = (nil, nil, [])
      training = TrainingFacts(metadata: file.header.metadata)
      family = ModelFamily(modules: [], metadata: file.header.metadata)
      return
    }
    let adapter = try AdapterFile(path: path)
    self.adapter = adapter
    tensors = adapter.tensors
    kind = .adapter
    family = ModelFamily(
      modules: adapter.modules, names: adapter.family, metadata: adapter.metadata)
    training = TrainingFacts(metadata: adapter.metadata)
    blocks = ModuleBlock.blocks(of: adapter.modules)
    key = KeyResolver(path: path, metadata: adapter.metadata).key()
  }

  /// A model has many matrices under names that end in `.weight`.
  private static func isCheckpoint(_ file: SafetensorsFile) -> Bool {
    file.header.tensors.count { $0.name.string.hasSuffix(".weight") && $0.shape.count > 1 } > 8
  }

  /// The number of elements of all tensors.
  package var parameterCount: Int {
    tensors.header.tensors.reduce(0) { $0 &+ $1.elementCount }
  }

  package var warnings: [String] { adapter?.warnings ?? tensors.header.notes }
}
