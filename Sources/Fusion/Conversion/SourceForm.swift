internal import Formats

/// What a file has in its own dialect that another has no place for: the spelling of its names, its
/// configuration, entries of its metadata.
///
/// Kept as an entry of the metadata while a file is in another dialect, so that the way back gives the same
/// bytes. It holds only for the modules that it was written for, and each part only where it agrees
/// with the tensors.
struct SourceForm {
  static let key = "lorac.source"
  /// Entries of the metadata that follow from the tensors' bytes, which conversions move.
  static let hashKeys = ["sshs_model_hash", "sshs_legacy_hash", "modelspec.hash_sha256"]
  /// Those that renaming takes out or puts in; they stand behind others.
  static let moved = hashKeys + [MetadataEdits.scaleKey, key]

  let dialect: AdapterDialect
  /// The SHA-256 of the names of the weights that change.
  private let targets: String
  /// How kohya names were written, where the family does not tell.
  private(set) var style: Style?
  private(set) var names = NameMap([])
  /// The numbers beside the factors, where they are others than lorac writes.
  private(set) var numbers: ScaleNumbers?
  /// The text of `adapter_config.json`.
  private(set) var config: String?
  private(set) var metadata: [String: String] = [:]
  /// The keys of the metadata in the order of the file, where that is not the usual one; none where
  /// the member for them is empty.
  private(set) var order: [String]?
  /// The SHA-256 of the bytes of all tensors, where the metadata hold hashes.
  private(set) var tensors: String?

  struct Style {
    let usesOriginalUNetNames: Bool
    let numbersFirstTextEncoder: Bool
    let usesFamily: Bool
  }

  /// What the way back from `dialect` to the dialect of `file` needs to know; nil if nothing.
  ///
  /// - Parameters:
  ///   - file: the input.
  ///   - config: the text of its configuration, if it is a PEFT folder.
  ///   - isRenamed: whether its tensors get names of another dialect.
  /// - Throws: `FormatError` where the tensors cannot be read.
  init?(of file: AdapterFile, config: String?, isRenamed: Bool) throws {
    dialect = file.dialect
    targets = Self.targets(of: file)
    self.config = config
    if isRenamed {
      let usual = try setNames(of: file)
      let kept = Self.hashKeys + [MetadataEdits.scaleKey]
      metadata = file.metadata.filter { kept.contains($0.key) && $0.value != usual }
      let keys = try file.tensors.metadataKeys()
      if let keys, keys.isEmpty || keys != Self.usualOrder(of: keys) { order = keys }
      if !hashes.isEmpty {
        tensors = try FileHashes.trainingModel(of: file.tensors)
      }
    }
    let isUsual =
      style == nil && names.isEmpty && numbers == nil && config == nil && metadata.isEmpty
      && order == nil
    guard !isUsual else { return nil }
  }

  /// Sets how names and numbers differ from those that lorac would write, and returns the entry of scales
  /// that it would write beside them.
  private mutating func setNames(of file: AdapterFile) throws -> String? {
    let (own, usual) = (NamingStyle(for: [file]), NamingStyle(ofFamilyOf: file))
    if dialect == .kohya, !own.names(as: usual) {
      style = Style(
        usesOriginalUNetNames: own.usesOriginalUNetNames,
        numbersFirstTextEncoder: own.numbersFirstTextEncoder, usesFamily: own.family != nil)
    }
    guard file.modules.allSatisfy({ $0.dialect == dialect }) else { return nil }
    // To the dialect that it has, with the names that lorac would choose.
    var conversion = DialectConversion(
      file, to: dialect, ConversionOptions(), keepsNames: false, source: nil)
    guard (try? conversion.convert()) != nil else { return nil }
    let pairs = conversion.tensors.compactMap { tensor -> (written: String, original: String)? in
      guard case .stored(let entry, _) = tensor.content else { return nil }
      return (tensor.name, entry.name.string)
    }
    names = NameMap(pairs)
    numbers = try Self.numbers(of: file, pairs, written: conversion.tensors)
    return ScaleRecord(conversion.modules, of: file, source: nil).entry(for: dialect)
  }

  /// The numbers of `file` if they are others than those among `written`; `pairs` are names of the same tensor.
  private static func numbers(
    of file: AdapterFile, _ pairs: [(written: String, original: String)],
    written tensors: [ConvertedTensor]
  ) throws -> ScaleNumbers? {
    var (found, written): ([String: Set<ScaleNumbers.Number>], [String: Set<ScaleNumbers.Number>])
    (found, written) = ([:], [:])
    for pair in pairs {
      let stems = [pair.written, pair.original].map { NameMap.parts(of: $0).stem }
      guard found[stems[0]] == nil else { continue }
      (found[stems[0]], written[stems[0]]) = ([], [])
      for entry in file.scaleTensors(ofStem: stems[1]) {
        let number = try ScaleNumbers.Number(entry, of: file.tensors, stem: stems[1])
        guard let number else { return nil }
        found[stems[0]]?.insert(number)
      }
    }
    for tensor in tensors {
      guard case .number(let value) = tensor.content else { continue }
      let (stem, suffix) = NameMap.parts(of: tensor.name)
      let stored = tensor.dtype == .f32 ? Double(Float(value)) : value
      written[stem, default: []].insert(
        .init(suffix: suffix, dtype: tensor.dtype, shape: tensor.shape, value: stored))
    }
    return ScaleNumbers(found: found, written: written)
  }

  /// The hashes of the tensors that the file had.
  var hashes: [String: String] { metadata.filter { Self.hashKeys.contains($0.key) } }

  /// Forgets the hashes that the user edits.
  mutating func forgetHashes(of edits: MetadataEdits) {
    metadata = metadata.filter { !Self.hashKeys.contains($0.key) || !edits.decide($0.key) }
  }

  /// The order in which the metadata of a file are written that had `keys` and is renamed.
  private static func usualOrder(of keys: [String]) -> [String] {
    let isMoved = { moved.contains($0) }
    return keys.filter { !isMoved($0) } + keys.filter(isMoved).sorted()
  }

  private static func targets(of file: AdapterFile) -> String {
    let names = Set(file.modules.flatMap { $0.stack.pieces.map(\.target) }).sorted()
      .map(\.description)
    return ContentHash.sha256(of: Array(names.joined(separator: "\n").utf8))
  }

  /// The naming of kohya that the file had.
  func style(besides usual: NamingStyle) -> NamingStyle {
    guard let style else { return usual }
    return NamingStyle(
      usesOriginalUNetNames: style.usesOriginalUNetNames,
      numbersFirstTextEncoder: style.numbersFirstTextEncoder,
      family: style.usesFamily ? usual.family : nil)
  }
}

extension SourceForm {
  /// The entry of the metadata.
  var text: String {
    JSONValue.object([
      "dialect": .string(dialect.rawValue),
      "targets": .string(targets),
      "style": style.map {
        .object([
          "originalUNet": .bool($0.usesOriginalUNetNames),
          "numberedEncoder": .bool($0.numbersFirstTextEncoder), "family": .bool($0.usesFamily),
        ])
      },
      "names": names.isEmpty ? nil : names.document,
      "numbers": numbers?.document,
      "config": config.map { .string($0) },
      "metadata": metadata.isEmpty
        ? nil
        : .object(
          pairs: metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }),
      "order": order.map { .array($0.map { .string($0) }) },
      "tensors": tensors.map { .string($0) },
    ]).compact
  }

  /// What `file` tells of the form it had in `wanted`, or in any dialect; nil if nothing, or if its
  /// modules are others now.
  init?(in file: AdapterFile, for wanted: AdapterDialect? = nil) {
    guard let text = file.metadata[Self.key],
      let document = try? JSONValue(parsing: Array(text.utf8), file: file.path),
      let dialect = document["dialect"]?.stringValue.flatMap(AdapterDialect.init(rawValue:)),
      dialect == wanted ?? dialect, let targets = document["targets"]?.stringValue,
      targets == Self.targets(of: file)
    else { return nil }
    (self.dialect, self.targets) = (dialect, targets)
    if let style = document["style"] {
      self.style = Style(
        usesOriginalUNetNames: style["originalUNet"]?.boolValue == true,
        numbersFirstTextEncoder: style["numberedEncoder"]?.boolValue == true,
        usesFamily: style["family"]?.boolValue == true)
    }
    if let names = document["names"] { self.names = NameMap(names) }
    numbers = document["numbers"].flatMap { ScaleNumbers($0) }
    config = document["config"]?.stringValue
    for member in document["metadata"]?.members ?? [] {
      metadata[member.key] = member.value.stringValue
    }
    order = document["order"]?.elements?.compactMap(\.stringValue)
    tensors = document["tensors"]?.stringValue
  }
}
