/// All files of weights of a model, open for reading: one, the shards of an index, or those of a folder.
///
/// Unlike a ``Checkpoint`` it holds parts that no adapter changes, such as a VAE, and need not make sense
/// as a base. Opening reads headers only.
package struct ModelFiles: Sendable {
  package enum Layout: String, Sendable {
    case file
    case shards
    case diffusers = "diffusers folder"
    case huggingFace = "Hugging Face folder"
  }

  /// A set of weights: a file, or the shards of an index.
  package struct Part: Sendable {
    /// The subfolder, such as `unet` or `vae`; empty for a model that has none.
    package let folder: String
    /// What is behind the stem of the file's name, such as `fp16`; nil where nothing is.
    package let variant: String?
    package let files: [Checkpoint.File]
    /// The path of the index, relative to the folder of the model.
    package let index: String?

    /// The folder, with the variant where there is one.
    package var name: String {
      [folder.isEmpty ? nil : folder, variant].compactMap(\.self).joined(separator: ".")
    }

    /// The tensors of all files, in their order.
    package var entries: [TensorEntry] { files.flatMap(\.tensors.header.tensors) }
  }

  package let path: String
  /// The folder that the files' names are relative to.
  package let folder: String
  package let layout: Layout
  package let parts: [Part]

  /// Opens the model at `path`: a file, an index of shards, or a folder in the layout of diffusers or
  /// Hugging Face.
  ///
  /// - Throws: `FormatError` for what is none of these, is damaged, or does not agree with its index.
  package init(path: String) throws(FormatError) {
    let found = try CheckpointFiles(at: path, .everything)
    self.path = path
    folder = found.folder
    parts = try found.groups.map { group throws(FormatError) in
      let files = try group.names.map { name throws(FormatError) in
        // A single file keeps the path that the user gave.
        Checkpoint.File(
          name: name,
          tensors: try SafetensorsFile(path: found.isFolder ? "\(found.folder)/\(name)" : path))
      }
      try Checkpoint.check(group, files[...], path: found.folder)
      let first = group.index ?? group.names.first ?? ""
      return Part(
        folder: first.contains("/") ? Folder.split(first).folder : "",
        variant: found.isFolder ? CheckpointFiles.variant(of: first) : nil, files: files,
        index: group.index)
    }
    layout =
      !found.isFolder
      ? .file
      : !Folder.isFolder(path)
        ? .shards : CheckpointFiles.isPipeline(found.folder) ? .diffusers : .huggingFace
  }

  /// A file that is open already.
  package init(_ file: SafetensorsFile) {
    path = file.path
    let (folder, name) = Folder.split(file.path)
    self.folder = folder
    layout = .file
    parts = [
      Part(
        folder: "", variant: nil, files: [Checkpoint.File(name: name, tensors: file)], index: nil)
    ]
  }

  /// The model at `path`, also an index or a folder; nil if there is an adapter, or a folder of neither.
  ///
  /// - Throws: `FormatError` for what cannot be read.
  package static func unlessAdapter(at path: String) throws(FormatError) -> ModelFiles? {
    if ShardIndex.isIndex(path) || isModelFolder(path) { return try ModelFiles(path: path) }
    guard !Folder.isFolder(path) else { return nil }
    let file = try SafetensorsFile(path: path)
    return AdapterFile.isAdapter(file) ? nil : ModelFiles(file)
  }

  /// Whether the folder at `path` is that of one model, and not a collection of files.
  package static func isModelFolder(_ path: String) -> Bool {
    guard Folder.isFolder(path) else { return false }
    let folder = Folder.trimmed(path)
    if Folder.isFile("\(folder)/model_index.json") { return true }
    guard !Folder.isFile("\(folder)/\(AdapterPath.configName)"),
      let found = try? CheckpointFiles(at: path, .everything)
    else { return false }
    return found.groups.contains { group in
      group.component != nil || group.index != nil
        || Folder.isFile("\(folder)/config.json")
    }
  }

  package var files: [Checkpoint.File] { parts.flatMap(\.files) }

  /// The size of the files as they lie on disk.
  package var byteCount: Int { files.reduce(0) { $0 + $1.tensors.byteCount } }
}
