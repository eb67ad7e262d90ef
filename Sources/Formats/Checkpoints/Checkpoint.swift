/// A base model open for reading: one file, or a folder of them.
///
/// Opening reads headers only.
package struct Checkpoint: Sendable {
  package struct File: Sendable {
    /// The path within the folder; the file's name for a model of one file.
    package let name: String
    package let tensors: SafetensorsFile
  }

  /// The path as the user gave it.
  package let path: String
  /// The folder that the files' names are relative to.
  package let folder: String
  /// Whether the model is a folder, to be written as one.
  package let isFolder: Bool
  package let files: [File]
  /// The tensors that adapters may change, in the order of the files and of their bytes.
  package let tensors: [CheckpointTensor]
  package let family: ModelFamily
  /// The paths of all indexes of shards.
  package let indexes: [String]
  /// Which of ``tensors`` hold each canonical weight; several where a folder has variants.
  private let places: [ModuleTarget: [Int]]
  private let aliases: ModuleAliases

  /// Opens the model at `path`: a file, an index of shards, or a folder in the layout of diffusers or
  /// Hugging Face.
  ///
  /// - Throws: `FormatError` for what is none, is damaged, or holds a weight twice.
  package init(path: String) throws(FormatError) {
    let found = try CheckpointFiles(at: path)
    self.path = path
    (folder, isFolder) = (found.folder, found.isFolder)
    indexes = found.groups.compactMap(\.index).map { "\(found.folder)/\($0)" }
    var files: [File] = []
    var tensors: [CheckpointTensor] = []
    var family: FamilyNames?
    for group in found.groups {
      let first = files.count
      for name in group.names {
        let file = try SafetensorsFile(path: Folder.path(of: name, in: found.folder))
        guard !AdapterFile.isMostlyAdapter(file) else {
          throw .unacceptable(
            file.path, "is an adapter, not a model",
            remedy: "give the model that the adapters are for with --base")
        }
        files.append(File(name: name, tensors: file))
      }
      try Self.check(group, files[first...], path: found.folder)
      let entries = files[first...].flatMap(\.tensors.header.tensors)
      let names = CheckpointNames(entries, component: group.component)
      family = family ?? names.family
      for index in first..<files.count {
        for entry in files[index].tensors.header.tensors {
          guard let place = names.place(of: entry.name.string) else { continue }
          tensors.append(
            CheckpointTensor(
              file: index, entry: entry, stack: place.stack, isTransposed: place.isTransposed))
        }
      }
    }
    (self.files, self.tensors) = (files, tensors)
    places = try Self.places(of: tensors, in: files)
    aliases = ModuleAliases(of: tensors)
    self.family = ModelFamily(of: tensors, names: family)
  }

  /// Checks that the shards hold what their index says, each tensor once.
  static func check(
    _ group: CheckpointFiles.Group, _ files: ArraySlice<File>, path: String
  ) throws(FormatError) {
    guard let map = group.map, let index = group.index else { return }
    var holders: [TensorName: String] = [:]
    for file in files {
      for entry in file.tensors.header.tensors {
        if let other = holders.updateValue(file.name, forKey: entry.name) {
          throw .unacceptable(
            "\(path)/\(file.name)", place: "tensor '\(entry.name)'", "is also in \(other)")
        }
      }
    }
    for (tensor, file) in map where holders[TensorName(tensor)] != file {
      throw .unacceptable(
        "\(path)/\(index)", place: "tensor '\(printable(tensor))'", "is not in \(printable(file))",
        remedy: "a shard is missing or of another model; download the model again")
    }
  }

  private static func places(
    of tensors: [CheckpointTensor], in files: [File]
  ) throws(FormatError) -> [ModuleTarget: [Int]] {
    var places: [ModuleTarget: [Int]] = [:]
    for (index, tensor) in tensors.enumerated() {
      for piece in tensor.stack.pieces {
        if let other = places[piece.target]?.first, tensors[other].stack != tensor.stack {
          throw .unacceptable(
            files[tensor.file].tensors.path, place: "tensor '\(tensor.entry.name)'",
            "holds the same weight as '\(tensors[other].entry.name)'")
        }
        places[piece.target, default: []].append(index)
      }
    }
    return places
  }

  /// The tensors that hold `target`, all with the same stack; empty if there is none.
  package func tensors(holding target: ModuleTarget) -> [CheckpointTensor] {
    (places[target] ?? []).map { tensors[$0] }
  }

  /// The stack that `target` is part of; nil if the model has no such weight.
  package func stack(of target: ModuleTarget) -> ModuleStack? {
    places[target]?.first.map { tensors[$0].stack }
  }

  /// `module`, with the name of the weight that it means in this model, where its own is not one.
  ///
  /// Flattened names of families that lorac has no table of are found by the model's own names, and
  /// names of language models with or without the levels that wrappers add.
  package func resolving(_ module: AdapterModule) -> AdapterModule {
    let isKnown = module.stack.pieces.contains { places[$0.target] != nil }
    guard !isKnown, let stack = aliases.stack(of: module.target) else { return module }
    return module.replacing(stack: stack)
  }

  /// The entry called `name` in the same file as `tensor`, or in another of its model.
  package func companion(_ name: String, of tensor: CheckpointTensor) -> (Int, TensorEntry)? {
    let name = TensorName(name)
    if let entry = files[tensor.file].tensors.entry(name) { return (tensor.file, entry) }
    let folder = Folder.split(files[tensor.file].name).folder
    for (index, file) in files.enumerated() where Folder.split(file.name).folder == folder {
      if let entry = file.tensors.entry(name) { return (index, entry) }
    }
    return nil
  }

  /// The names of canonical weights, for suggestions.
  package var targets: [ModuleTarget] { places.keys.sorted() }

  /// Every file that was read to know the model.
  package var paths: [String] { files.map(\.tensors.path) + indexes }

  /// The size of the files as they lie on disk.
  package var byteCount: Int { files.reduce(0) { $0 + $1.tensors.byteCount } }
}
