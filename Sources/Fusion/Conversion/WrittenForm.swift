internal import Formats

/// What a conversion writes of an adapter, before the user's edits: tensors, metadata, configuration.
struct WrittenForm {
  let tensors: [ConvertedTensor]
  private(set) var metadata: [String: String]
  /// The text of the `adapter_config.json` beside the tensors; nil for a single file.
  let config: String?

  /// The form of `file` with names of `dialect`, in which it once had the form `source`.
  ///
  /// - Throws: `FormatError` for a module without a name in the dialect.
  init(
    renaming file: AdapterFile, to dialect: AdapterDialect, _ options: ConversionOptions,
    isFolder: Bool, source: SourceForm?
  ) throws {
    var conversion = DialectConversion(
      file, to: dialect, options, source: source,
      config: isFolder ? source?.readConfig(of: file) : nil)
    try conversion.convert()
    tensors = source?.named(conversion.tensors, of: file) ?? conversion.tensors
    let scales = ScaleRecord(conversion.modules, of: file, source: source)
    config = isFolder ? try source?.config(of: conversion) ?? scales.config() : nil
    if isFolder, source?.config != config { try conversion.checkNames() }
    metadata = file.metadata
    let isTold = dialect == .kohya || isFolder || conversion.modules.allSatisfy(\.isTold)
    metadata[MetadataEdits.scaleKey] =
      isTold ? nil : source?.scaleEntry(of: conversion) ?? scales.entry(for: dialect)
    if options.foldsScale { scales.adapt(&metadata) }
  }

  /// The form of `file` with the names that it has; as a PEFT folder it once had the form `source`.
  ///
  /// - Throws: `FormatError` for a type that is not converted, and for a configuration that has no
  ///   place in the output.
  init(
    keepingNamesOf file: AdapterFile, _ options: ConversionOptions, isFolder: Bool,
    source: SourceForm?
  ) throws {
    tensors = try Reencoding(file.tensors, options).tensors(of: file)
    let scales = ScaleRecord(
      unrenamed: file, foldsScale: options.foldsScale, source: source)
    config = isFolder ? try scales.unrenamedConfig(as: source) : nil
    metadata = file.metadata
    metadata[MetadataEdits.scaleKey] = try scales.unrenamedEntry(isFolder: isFolder)
    if options.foldsScale { scales.adapt(&metadata) }
  }

  /// Keeps in the metadata what the way back needs to know of `file`, but for hashes that `edits` change;
  /// or takes out what has served its end.
  ///
  /// - Throws: `FormatError` where the tensors or the configuration cannot be read.
  mutating func remember(
    _ file: AdapterFile, source: SourceForm?, isFolder: Bool, isRenamed: Bool, edits: MetadataEdits
  ) throws {
    if let source {
      if source.config == nil || isFolder { metadata[SourceForm.key] = nil }
      return
    }
    let config = isFolder ? nil : try ScaleRecord.configText(of: file)
    // That of a third dialect stays, and the configuration of a former folder; any other of the present
    // dialect is older than the names.
    let kept = SourceForm(in: file).map { $0.dialect != file.dialect || $0.config != nil } ?? false
    guard isRenamed || config != nil, !kept else { return }
    // What would be written without it needs no record.
    let usual = config == nil ? nil : ScaleRecord(unrenamed: file, foldsScale: false).usualConfig
    var form = try SourceForm(
      of: file, config: config == usual ? nil : config, isRenamed: isRenamed)
    form?.forgetHashes(of: edits)
    metadata[SourceForm.key] = form?.text
  }
}
