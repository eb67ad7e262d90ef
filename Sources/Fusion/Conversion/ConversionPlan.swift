package import Formats

/// What a conversion will write, known before a weight is.
package struct ConversionPlan: Sendable {
  package let input: SafetensorsFile
  /// The input as an adapter; nil for a model, or any other file.
  package let adapter: AdapterFile?
  package let options: ConversionOptions
  /// The dialect of the output; nil where the input is no adapter.
  package let dialect: AdapterDialect?
  package let metadata: [String: String]
  /// The text of the `adapter_config.json` beside the output; nil for a single file.
  package let config: String?
  let tensors: [ConvertedTensor]

  /// Every file that is read.
  package var inputFiles: [String] { adapter?.files ?? [input.path] }

  package var tensorCount: Int { tensors.count }

  /// The tensors whose bytes are not those of one of the input.
  package var changedCount: Int { tensors.count { !$0.isCopy } }

  /// - Parameters:
  ///   - path: a file, or a PEFT folder.
  ///   - options: what is to change.
  ///   - isFolder: whether the output is a folder in the layout of PEFT.
  /// - Throws: `FormatError` for what cannot be read, and for a module without a name in the
  ///   dialect; `FusionError` for options that contradict the file.
  package init(path: String, options: ConversionOptions, isFolder: Bool) throws {
    self.options = options
    if !Folder.isFolder(path) {
      let file = try SafetensorsFile(path: path)
      if !AdapterFile.isAdapter(file) {
        guard options.dialect == nil, !options.foldsScale, !isFolder else {
          throw FormatError(
            .unacceptable, file: path, "is no adapter, so it has no dialect and no scale",
            remedy: "only the type, the compression and the metadata of other files change")
        }
        (input, adapter, dialect, config) = (file, nil, nil, nil)
        tensors = try Reencoding(file, options).tensors()
        metadata = try Self.edited(file.header.metadata, options, isMoved: !tensors.areCopies)
        return
      }
    }
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
    let isRenamed = options.dialect.map { wanted in
      file.modules.contains { $0.dialect != wanted }
    }
    var base = file.metadata
    let scales: ScaleRecord
    if isRenamed == true {
      var conversion = DialectConversion(file, to: dialect, options)
      try conversion.convert()
      tensors = conversion.tensors
      scales = ScaleRecord(conversion.modules, of: file)
      base[MetadataEdits.scaleKey] = nil
      if dialect == .kohya {
        base[AlphaForm.key] = nil
      } else if let form = AlphaForm(of: file), !options.foldsScale {
        base[AlphaForm.key] = form.rawValue
      }
      if dialect != .kohya, !isFolder { base[MetadataEdits.scaleKey] = scales.entry(for: dialect) }
      config = isFolder ? try scales.config() : nil
    } else {
      tensors = try Reencoding(file.tensors, options).tensors(of: file)
      scales = ScaleRecord(unrenamed: file, foldsScale: options.foldsScale)
      config = isFolder ? try scales.unrenamedConfig() : nil
      base[MetadataEdits.scaleKey] = try scales.unrenamedEntry(isFolder: isFolder)
    }
    if options.foldsScale { scales.adapt(&base) }
    metadata = try Self.edited(base, options, isMoved: !tensors.areCopies)
  }

  /// Hashes of the tensors, which no longer hold when those change.
  private static let hashes = [
    "sshs_model_hash", "sshs_legacy_hash", "modelspec.hash_sha256",
  ]

  private static func edited(
    _ metadata: [String: String], _ options: ConversionOptions, isMoved: Bool
  ) throws -> [String: String] {
    let kept = isMoved ? metadata.filter { !hashes.contains($0.key) } : metadata
    return try options.edits.applied(to: kept)
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
