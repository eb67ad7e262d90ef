package import Formats

/// What a conversion will write, known before a weight is.
package struct ConversionPlan: Sendable {
  package let input: SafetensorsFile
  /// Where the tensors of a model of several files are; empty for a single file.
  private let places: [TensorName: SafetensorsFile]
  /// The input as an adapter; nil for a model, or any other file.
  package let adapter: AdapterFile?
  package let options: ConversionOptions
  /// The dialect of the output; nil where the input is no adapter.
  package let dialect: AdapterDialect?
  package let metadata: [String: String]
  /// The keys of metadata in the order in which they are written, before others.
  ///
  /// Nil where the input has no member for metadata.
  let metadataOrder: [String]?
  /// The text of the `adapter_config.json` beside the output; nil for a single file.
  package let config: String?
  let tensors: [ConvertedTensor]
  /// The form that the input had in the dialect of the output.
  let source: SourceForm?

  /// Every file that is read.
  package var inputFiles: [String] {
    adapter?.files ?? (places.isEmpty ? [input.path] : Set(places.values.map(\.path)).sorted())
  }

  /// How many tensors all files that are read have.
  package var inputTensorCount: Int {
    places.isEmpty ? input.header.tensors.count : places.count
  }

  /// What the file of a model is called in a folder; nil for adapters.
  package var modelFileName: String? {
    adapter == nil ? Folder.split(input.path).name : nil
  }

  /// The file that `entry` is in.
  func file(of entry: TensorEntry) -> SafetensorsFile { places[entry.name] ?? input }

  package var tensorCount: Int { tensors.count }

  /// The bytes of all tensors together.
  var dataByteCount: Int {
    tensors.reduce(0) { $0 &+ ($1.dtype.byteCount(ofShape: $1.shape) ?? 0) }
  }

  /// The types of the tensors, those of most bits first.
  package var dtypes: [DType] { Set(tensors.map(\.dtype)).sorted { $0.order > $1.order } }

  /// The tensors whose bytes are not those of one of the input.
  package var changedCount: Int { tensors.count { !$0.isCopy } }

  /// - Parameters:
  ///   - path: a file, or a PEFT folder.
  ///   - options: what is to change.
  ///   - isFolder: whether the output is a folder in the layout of PEFT.
  /// - Throws: `FormatError` for what cannot be read, and for a module without a name in the
  ///   dialect; `FusionError` for options that contradict the file.
  package init(path: String, options: ConversionOptions, isFolder: Bool) throws {
    if let model = try ModelFiles.unlessAdapter(at: path) {
      self = try Self.plan(of: model, options)
      return
    }
    self.options = options
    places = [:]
    let file = try AdapterFile(path: path)
    (input, adapter) = (file.tensors, file)
    let dialect = options.dialect ?? file.dialect
    self.dialect = dialect
    guard !isFolder || dialect == .peft else {
      throw FusionError(
        .usage,
        "a folder is for the dialect peft; \(dialect.rawValue) is written as a file",
        hint: "name a file, such as out.safetensors, or write --dialect peft")
    }
    let isRenamed =
      options.dialect.map { wanted in file.modules.contains { $0.dialect != wanted } } == true
    source = isRenamed || isFolder ? SourceForm(in: file, for: dialect) : nil
    var form =
      try isRenamed
      ? WrittenForm(renaming: file, to: dialect, options, isFolder: isFolder, source: source)
      : WrittenForm(keepingNamesOf: file, options, isFolder: isFolder, source: source)
    try form.remember(
      file, source: source, isFolder: isFolder, isRenamed: isRenamed, edits: options.edits)
    (tensors, config) = (form.tensors, form.config)
    metadata = try Self.edited(form.metadata, options, isMoved: !tensors.areCopies)
    metadataOrder = try source?.order ?? Self.order(of: file, isRenamed: isRenamed)
  }

  /// The order of metadata, of which those that renaming moves come last.
  private static func order(of file: AdapterFile, isRenamed: Bool) throws -> [String]? {
    let keys = try file.tensors.metadataKeys()
    guard isRenamed, let keys, !keys.isEmpty else { return keys }
    let kept = keys.filter { !SourceForm.moved.contains($0) }
    return kept.isEmpty ? nil : kept
  }

  /// Plans one file of all the files of `model`, which is no adapter.
  private static func plan(
    of model: ModelFiles, _ options: ConversionOptions
  ) throws -> ConversionPlan {
    guard model.parts.count == 1, model.parts[0].folder.isEmpty else {
      throw FusionError(
        .usage,
        "\(printable(model.path)) has several parts, and the names of a checkpoint that holds all "
          + "of them are not written",
        hint: "name a folder to write, such as -o converted/")
    }
    return try ConversionPlan(model.files.map(\.tensors), of: model.path, options)
  }

  /// Plans one file of the tensors of `files`, which are those of a model.
  ///
  /// - Throws: `FormatError` for options that only adapters have, and for a type that is not
  ///   converted.
  init(_ files: [SafetensorsFile], of path: String, _ options: ConversionOptions) throws {
    guard options.dialect == nil, !options.foldsScale else {
      throw FormatError(
        .unacceptable, file: path, "is no adapter, so it has no dialect and no scale",
        remedy: "only the type, the compression and the metadata of other files change")
    }
    self.options = options
    input = files[0]
    (adapter, dialect, config, source) = (nil, nil, nil, nil)
    let tensors = try files.flatMap { try Reencoding($0, options).tensors() }
    self.tensors = tensors
    places =
      files.count == 1
      ? [:]
      : Dictionary(
        files.flatMap { file in file.header.tensors.map { ($0.name, file) } },
        uniquingKeysWith: { first, _ in first })
    let metadata = files.reduce(into: [String: String]()) { all, file in
      all.merge(file.header.metadata) { first, _ in first }
    }
    self.metadata = try Self.edited(
      metadata, options, isMoved: files.count > 1 || !tensors.areCopies)
    metadataOrder = files.count == 1 ? try input.metadataKeys() : nil
  }

  private static func edited(
    _ metadata: [String: String], _ options: ConversionOptions, isMoved: Bool
  ) throws -> [String: String] {
    let edited = try options.edits.applied(to: metadata)
    guard isMoved else { return edited }
    return edited.filter { !SourceForm.hashKeys.contains($0.key) || options.edits.sets($0.key) }
  }
}

extension ConvertedTensor {
  /// Whether the bytes are those of one tensor of the input.
  var isCopy: Bool {
    if case .stored(let entry, let multiplier) = content {
      return entry.dtype == dtype && multiplier == 1
    }
    return false
  }
}

extension [ConvertedTensor] {
  /// Whether every tensor is one of the input, of the same name.
  fileprivate var areCopies: Bool {
    allSatisfy {
      if case .stored(let entry, _) = $0.content {
        $0.isCopy && entry.name.string == $0.name
      } else {
        false
      }
    }
  }
}
