/// The files of a base model, found but not yet opened.
struct CheckpointFiles {
  /// Files whose tensors are one model's: a single one, or the shards of an index.
  struct Group {
    /// The part of a pipeline that they are; nil for a model that is not divided into folders.
    let component: ModelComponent?
    /// Relative to the folder.
    var names: [String]
    /// Which of them each tensor is in, as an index says.
    var map: [(tensor: String, file: String)]?
    /// The index, relative to the folder.
    var index: String?
  }

  /// The folder of the model, or that of the file.
  let folder: String
  let groups: [Group]
  let isFolder: Bool

  /// Which subfolders of a pipeline are looked into.
  enum Scope {
    /// Those of parts that adapters change.
    case adaptable
    /// All of them, also of the VAE.
    case everything
  }

  private static let indexSuffix = ".safetensors.index.json"
  private static let stems = ["diffusion_pytorch_model", "model", "pytorch_model"]

  /// Finds the files of the model at `path`: a file, an index of shards, or a folder.
  ///
  /// - Throws: `FormatError` for a path that is none of these.
  init(at path: String, _ scope: Scope = .adaptable) throws(FormatError) {
    if path.hasSuffix(Self.indexSuffix), !Folder.isFolder(path) {
      let (folder, name) = Folder.split(path)
      (self.folder, isFolder) = (folder, true)
      groups = [try Self.sharded(name, in: folder, component: nil)]
      return
    }
    guard Folder.isFolder(path) else {
      let (folder, name) = Folder.split(path)
      (self.folder, isFolder) = (folder, false)
      groups = [Group(component: nil, names: [name])]
      return
    }
    let folder = Folder.trimmed(path)
    (self.folder, isFolder) = (folder, true)
    var groups: [Group] = []
    for place in try Self.subfolders(of: folder, scope) {
      groups += try Self.groups(
        in: place, of: folder, component: ModelComponent(rawValue: place))
    }
    // The root of a pipeline may hold the same once more, in one file.
    if groups.isEmpty { groups = try Self.groups(in: "", of: folder, component: nil) }
    guard !groups.isEmpty else {
      throw FormatError(
        .unreadable, file: path,
        "the folder holds no model.safetensors, diffusion_pytorch_model.safetensors or index of "
          + "shards, nor folders unet, transformer, text_encoder with one",
        remedy: "name a checkpoint file, or the folder of a diffusers or Hugging Face model")
    }
    self.groups = groups
  }

  private static func subfolders(
    of folder: String, _ scope: Scope
  ) throws(FormatError) -> [String] {
    let parts = ModelComponent.allCases.filter { $0 != .model }.map(\.rawValue)
    switch scope {
    case .adaptable: return parts.filter { Folder.isFolder("\(folder)/\($0)") }
    case .everything:
      guard isPipeline(folder) else { return [] }
      return try Folder.contents(of: folder).sorted().filter {
        !$0.hasPrefix(".") && Folder.isFolder("\(folder)/\($0)")
      }
    }
  }

  /// Whether the parts of the model in `folder` have folders of their own, as diffusers has them.
  static func isPipeline(_ folder: String) -> Bool {
    Folder.isFile("\(folder)/model_index.json")
      || ModelComponent.allCases.contains {
        $0 != .model && Folder.isFolder("\(folder)/\($0.rawValue)")
      }
  }

  /// The stem of the file `name` behind the words that all models have, such as `fp16`; nil where
  /// there is none.
  static func variant(of name: String) -> String? {
    let last = Folder.split(name).name
    guard let stem = stems.first(where: { last.hasPrefix($0 + ".") }) else { return nil }
    let rest = last.dropFirst(stem.count + 1).prefix { $0 != "." && $0 != "-" }
    return rest == "safetensors" ? nil : String(rest)
  }

  /// Every set of weights in `subfolder`, variants such as `model.fp16.safetensors` too: all that a
  /// reader may take must hold the result.
  private static func groups(
    in subfolder: String, of folder: String, component: ModelComponent?
  ) throws(FormatError) -> [Group] {
    let place = subfolder.isEmpty ? "" : subfolder + "/"
    let contents = try Folder.contents(of: folder + "/" + place).sorted()
    var groups: [Group] = []
    var taken: Set<String> = []
    for name in contents where name.hasSuffix(indexSuffix) {
      let group = try sharded(place + name, in: folder, component: component)
      taken.formUnion(group.names)
      groups.append(group)
    }
    for name in contents where !taken.contains(place + name) {
      guard let suffix = AdapterPath.suffixes.first(where: name.hasSuffix) else { continue }
      let stem = name.dropLast(suffix.count)
      let isModel = stems.contains { stem == $0 || stem.hasPrefix($0 + ".") }
      if isModel { groups.append(Group(component: component, names: [place + name])) }
    }
    return groups
  }

  /// The shards that the index `name` lists: `{"weight_map": {TENSOR: FILE}}`.
  private static func sharded(
    _ name: String, in folder: String, component: ModelComponent?
  ) throws(FormatError) -> Group {
    let path = "\(folder)/\(name)"
    let json = try JSONValue(
      parsing: Folder.bytes(ofFile: path, limit: SafetensorsHeader.byteLimit), file: path)
    guard let members = json["weight_map"]?.members, !members.isEmpty else {
      throw .unacceptable(path, "has no object 'weight_map' that lists tensors")
    }
    let subfolder = name.contains("/") ? Folder.split(name).folder + "/" : ""
    var map: [(tensor: String, file: String)] = []
    var names: [String: String] = [:]
    for member in members {
      guard let file = member.value.stringValue, isPlain(file) else {
        throw .unacceptable(
          path, place: "tensor '\(printable(member.key))'", "'weight_map' names no file beside it")
      }
      let found = names[file] ?? existing(subfolder + file, in: folder)
      names[file] = found
      map.append((member.key, found))
    }
    return Group(component: component, names: Set(names.values).sorted(), map: map, index: name)
  }

  /// Whether `name` is that of a file in the same folder.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && !name.contains("/") && name != "." && name != ".."
  }

  /// `name`, or the compressed file in its place.
  private static func existing(_ name: String, in folder: String) -> String {
    let compressed = name + ".zst"
    let isCompressed =
      !Folder.isFile("\(folder)/\(name)") && Folder.isFile("\(folder)/\(compressed)")
    return isCompressed ? compressed : name
  }
}
