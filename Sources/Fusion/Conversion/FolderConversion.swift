package import Formats

/// Converts the files of a model in a folder one by one, and copies all else that lies there.
///
/// Indexes of shards and the type in configurations are told again as they are then.
package struct FolderConversion: Sendable {
  /// A file of weights.
  package struct File: Sendable {
    /// The path within the folder of the model.
    package let source: String
    /// The path within the output.
    package let name: String
    package let plan: ConversionPlan
    package let isCompressed: Bool
  }

  package let model: ModelFiles
  package let files: [File]
  /// What is copied as it is, by paths within the folder.
  package let copied: [String]
  /// What is written anew beside the weights: paths and texts.
  let rewritten: [(name: String, text: String)]

  /// - Parameters:
  ///   - model: in a folder, or an index of shards.
  ///   - options: what is to change.
  ///   - isCompressed: whether the files of weights become `.zst`; nil leaves each as it is.
  /// - Throws: `FormatError` and `FusionError` for options that the files contradict.
  package init(_ model: ModelFiles, _ options: ConversionOptions, isCompressed: Bool?) throws {
    self.model = model
    for key in options.edits.unset
    where !model.files.contains(where: { $0.tensors.header.metadata[key] != nil }) {
      throw FusionError(.usage, "--unset \(printable(key)): no file has such metadata")
    }
    files = try model.files.map { file in
      var options = options
      options.edits.unset.removeAll { file.tensors.header.metadata[$0] == nil }
      let isCompressed = isCompressed ?? (file.tensors.compression == .zstd)
      let plain = file.name.hasSuffix(".zst") ? String(file.name.dropLast(4)) : file.name
      return File(
        source: file.name, name: isCompressed ? plain + ".zst" : plain,
        plan: try ConversionPlan([file.tensors], of: file.tensors.path, options),
        isCompressed: isCompressed)
    }
    var rewritten = try Self.indexes(of: model, files)
    if let dtype = options.dtype { rewritten += try Self.configurations(of: model, dtype) }
    self.rewritten = rewritten
    let done = Set(files.flatMap { [$0.source, $0.name] } + rewritten.map(\.name))
    copied = try Folder.files(below: model.folder).filter { !done.contains($0) }
  }

  /// The indexes with the size of the tensors as they will be, and the plain names of the shards, which
  /// readers of compressed ones take too.
  private static func indexes(
    of model: ModelFiles, _ files: [File]
  ) throws -> [(name: String, text: String)] {
    try model.parts.compactMap { part in
      guard let index = part.index else { return nil }
      let names = Set(part.files.map(\.name))
      let size = files.filter { names.contains($0.source) }.reduce(0) { $0 + $1.plan.dataByteCount }
      let path = "\(model.folder)/\(index)"
      let document = try JSONValue(
        parsing: Folder.bytes(ofFile: path, limit: SafetensorsHeader.byteLimit), file: path)
      let members = (document.members ?? []).map { member -> (String, JSONValue) in
        switch member.key {
        case "metadata":
          let facts = (member.value.members ?? []).map {
            ($0.key, $0.key == "total_size" ? .integer(size) : $0.value)
          }
          return (member.key, .object(pairs: facts))
        case "weight_map":
          let places = (member.value.members ?? []).map { place -> (String, JSONValue) in
            let name = place.value.stringValue ?? ""
            return (place.key, .string(name.hasSuffix(".zst") ? String(name.dropLast(4)) : name))
          }
          return (member.key, .object(pairs: places))
        default: return (member.key, member.value)
        }
      }
      return (index, JSONValue.object(pairs: members).indented + "\n")
    }
  }

  /// Larger files are no configurations.
  private static let configurationLimit = 4 << 20

  /// The configurations of models of transformers, which say the type of the weights, with `dtype`.
  private static func configurations(
    of model: ModelFiles, _ dtype: DType
  ) throws -> [(name: String, text: String)] {
    let names: [DType: String] = [.f32: "float32", .f16: "float16", .bf16: "bfloat16"]
    guard let type = names[dtype] else { return [] }
    return Set(model.parts.map(\.folder)).sorted().compactMap { folder in
      let name = folder.isEmpty ? "config.json" : "\(folder)/config.json"
      let path = "\(model.folder)/\(name)"
      guard Folder.isFile(path),
        let bytes = try? Folder.bytes(ofFile: path, limit: configurationLimit)
      else { return nil }
      let old = String(decoding: bytes, as: UTF8.self)
      let text = ["torch_dtype", "dtype"].reduce(old) { text, key in
        names.values.reduce(text) { text, other in
          // As transformers writes it; all else keeps its bytes.
          text.replacing("\"\(key)\": \"\(other)\"", with: "\"\(key)\": \"\(type)\"")
        }
      }
      return text == old ? nil : (name, text)
    }
  }

  /// The names that lie in the output itself.
  package var names: [String] {
    (files.map(\.name) + rewritten.map(\.name) + copied).compactMap {
      $0.split(separator: "/").first.map(String.init)
    }
  }

  /// Every file that is read.
  package var inputFiles: [String] {
    (files.map(\.source) + rewritten.map(\.name) + copied).map { "\(model.folder)/\($0)" }
  }

  /// The bytes of what is copied.
  private var copiedByteCount: Int {
    copied.reduce(0) { $0 + Folder.byteCount(ofFile: "\(model.folder)/\($1)") }
  }

  /// The size of the output where nothing is compressed.
  package func plainByteCount() throws -> Int {
    try files.reduce(copiedByteCount) { sum, file in
      sum
        + (try ConversionOutput(
          file.plan, destination: SafetensorsDestination(place: .standardOutput)
        ).layout.fileByteCount)
    }
  }

  /// Writes everything to `folder`, which appears when it is committed.
  ///
  /// - Parameters:
  ///   - folder: the output.
  ///   - level: that of zstd, for what is compressed.
  ///   - threads: how many units of a file to compute at a time.
  ///   - progress: is told how many tensors are done, and of how many.
  /// - Returns: the size of all files, and where elements became zero.
  /// - Throws: `FormatError` of inputs and output.
  package func write(
    to folder: FolderOutput, level: Int, threads: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> (byteCount: Int, losses: [ConversionLoss]) {
    let needed =
      copiedByteCount + (files.contains(where: \.isCompressed) ? 0 : try plainByteCount())
    if let free = Folder.freeByteCount(at: folder.temporary), free < needed {
      throw FormatError(
        .inputOutput, file: folder.path, "needs \(needed) bytes, and the disk has \(free) free",
        remedy: "free some space, or write to another disk")
    }
    let total = files.reduce(0) { $0 + $1.plan.tensorCount }
    var (byteCount, done) = (copiedByteCount, 0)
    var losses: [ConversionLoss] = []
    for file in files {
      let destination = SafetensorsDestination(
        place: .file(try folder.place(of: file.name)), zstdLevel: file.isCompressed ? level : nil)
      let output = try ConversionOutput(file.plan, destination: destination)
      let written = try output.write(threads: threads) { _, _ in }
      byteCount += written.byteCount
      losses += written.losses
      done += file.plan.tensorCount
      progress(done, total)
    }
    for (name, text) in rewritten {
      try OutputFile.write(text, to: try folder.place(of: name), replaces: true)
      byteCount += text.utf8.count
    }
    for name in copied { try folder.copy("\(model.folder)/\(name)", to: name) }
    return (byteCount, losses)
  }
}
