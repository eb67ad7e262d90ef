package import Formats

/// What a file is, or a folder that stands for one adapter or model, as far as headers tell.
package struct FileInspection: Sendable {
  package enum Kind: String, Sendable { case adapter, checkpoint, unknown }

  package let path: String
  /// The adapter's file, or all files of a model; never empty.
  package let files: [SafetensorsFile]
  package let kind: Kind
  /// The adapter; nil for other files.
  package let adapter: AdapterFile?
  /// What a model, or any other file that is no adapter, consists of.
  package let model: ModelSurvey?
  package let family: ModelFamily
  package let key: AdapterKey?
  package let training: TrainingFacts
  /// The blocks of the base that an adapter changes.
  package let blocks: [ModuleBlock]
  /// The entries of all files; where two have the same, that of the first.
  package let metadata: [String: String]

  /// Why the tensors make no adapter; nil where they need not, or do.
  package let fault: FormatError?

  /// - Parameters:
  ///   - path: a file, or a folder of one adapter or model.
  ///   - showsBroken: whether an adapter that is not whole is shown as far as its container tells.
  /// - Throws: `FormatError` for what is no safetensors file, and for an adapter that is not whole.
  package init(path: String, showsBroken: Bool = false) throws(FormatError) {
    if let model = try ModelFiles.unlessAdapter(at: path) {
      self.init(model, path: path)
      return
    }
    let adapter: AdapterFile
    do {
      adapter = try AdapterFile(path: path)
    } catch {
      guard showsBroken, let location = try? AdapterPath.locate(path),
        let file = try? SafetensorsFile(path: location.tensors)
      else { throw error }
      self.init(file, path: path, fault: error)
      return
    }
    self.init(adapter, path: path)
  }

  /// A container whose tensors make no adapter.
  private init(_ file: SafetensorsFile, path: String, fault: FormatError) {
    (self.path, self.fault) = (path, fault)
    (files, kind, metadata) = ([file], .adapter, file.header.metadata)
    (adapter, model, key, blocks) = (nil, nil, nil, [])
    family = ModelFamily(modules: [], names: nil, metadata: metadata)
    training = TrainingFacts(metadata: metadata)
  }

  private init(_ found: ModelFiles, path: String) {
    let survey = ModelSurvey(found)
    self.path = path
    files = found.files.map(\.tensors)
    kind = Self.isCheckpoint(files) ? .checkpoint : .unknown
    fault = nil
    (adapter, key, blocks, model) = (nil, nil, [], survey)
    family = survey.family
    metadata = Self.joined(files)
    training = TrainingFacts(metadata: metadata)
  }

  private init(_ adapter: AdapterFile, path: String) {
    self.path = path
    self.adapter = adapter
    (model, fault) = (nil, nil)
    files = [adapter.tensors]
    kind = .adapter
    family = ModelFamily(
      modules: adapter.modules, names: adapter.family, metadata: adapter.metadata)
    training = TrainingFacts(metadata: adapter.metadata)
    blocks = ModuleBlock.blocks(of: adapter.modules)
    key = KeyResolver(path: path, metadata: adapter.metadata).key()
    metadata = adapter.metadata
  }

  /// A model has many matrices under names that end in `.weight`.
  static func isCheckpoint(_ file: SafetensorsFile) -> Bool { isCheckpoint([file]) }

  private static func isCheckpoint(_ files: [SafetensorsFile]) -> Bool {
    files.flatMap(\.header.tensors)
      .count { $0.name.string.hasSuffix(".weight") && $0.shape.count > 1 } > 8
  }

  private static func joined(_ files: [SafetensorsFile]) -> [String: String] {
    files.map(\.header.metadata).reduce(into: [:]) { all, metadata in
      all.merge(metadata) { first, _ in first }
    }
  }

  /// Trigger words that the training tells of, where nobody wrote down any.
  package var trainedTriggers: [TrainedTrigger] {
    key?.triggers.isEmpty ?? true ? training.triggers : []
  }

  /// All tensors, in the order of the files.
  package var tensors: [TensorEntry] { files.flatMap(\.header.tensors) }

  /// The number of elements of all tensors.
  package var parameterCount: Int { tensors.reduce(0) { $0 &+ $1.elementCount } }

  /// The size of the files as they lie on disk.
  package var byteCount: Int { files.reduce(0) { $0 &+ $1.byteCount } }

  /// How the files are compressed; nil where some are and some are not.
  package var compression: SafetensorsFile.Compression? {
    files.allSatisfy { $0.compression == files[0].compression } ? files[0].compression : nil
  }

  package var warnings: [String] {
    (adapter?.warnings ?? files.flatMap { $0.header.notes.map(\.sentence) })
      + (fault.map { [[$0.place, $0.problem].compactMap(\.self).joined(separator: ": ")] } ?? [])
  }
}
