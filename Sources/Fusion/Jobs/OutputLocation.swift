package import Formats

/// The files that an output path stands for.
package struct OutputLocation: Sendable {
  package let destination: SafetensorsDestination
  /// The folder that the file is written to, with its `adapter_config.json`, if there is one.
  package let folder: String?
  private let isModel: Bool
  private let makesFolders: Bool

  /// The files that `output` stands for; `modelFile` is what the file is called in a folder, if it is
  /// that of a model.
  package init(_ output: MergeRequest.Output, modelFile: String? = nil) {
    (isModel, makesFolders) = (modelFile != nil, output.makesFolders)
    guard let path = output.path, path != "-" else {
      destination = SafetensorsDestination(place: .standardOutput)
      folder = nil
      return
    }
    if path.hasSuffix("/") || Folder.isFolder(path) {
      let folder = Folder.trimmed(path)
      self.folder = folder
      let name = modelFile ?? "adapter_model.safetensors"
      destination = SafetensorsDestination(
        place: .file("\(folder)/\(name)"), zstdLevel: name.hasSuffix(".zst") ? output.level : nil,
        replaces: output.replaces)
    } else {
      // Readers take a file of this name with the configuration beside it.
      folder = modelFile == nil && AdapterPath.isPEFTFile(path) ? Folder.split(path).folder : nil
      destination = SafetensorsDestination(
        place: .file(path), zstdLevel: path.hasSuffix(".zst") ? output.level : nil,
        replaces: output.replaces)
    }
  }

  /// Checks that the name of the file at `path` tells what is written; folders, pipes and standard output
  /// need not.
  package static func checkSuffix(of path: String?) throws(FusionError) {
    guard let path, path != "-", !path.hasSuffix("/"),
      !AdapterPath.suffixes.contains(where: path.hasSuffix),
      !Folder.exists(path) || Folder.isFile(path)
    else { return }
    throw FusionError(
      .usage, "-o \(printable(path)): what is written is safetensors, which the name does not say",
      hint: "end the name in .safetensors or in .safetensors.zst, or in / for a folder")
  }

  /// The configuration of a PEFT folder.
  package var configPath: String? {
    isModel ? nil : folder.map { "\($0)/adapter_config.json" }
  }

  /// The paths of all files; none for standard output.
  package var files: [String] {
    guard case .file(let path) = destination.place else { return [] }
    return [path] + (configPath.map { [$0] } ?? [])
  }

  /// Checks everything that can be known of the outputs before the work.
  package func check() throws(FormatError) {
    let replaces = destination.replaces
    if case .file(let path) = destination.place {
      try OutputFile.check(path, replaces: replaces, mayLackFolder: folder != nil || makesFolders)
    }
    if let configPath {
      try OutputFile.check(configPath, replaces: replaces, mayLackFolder: true)
    }
  }

  /// Makes the folder for what `body` writes, and removes it again if that fails; `config` is put
  /// in place when `body` is done, or with the other files of `batch`.
  package func inFolder<Result>(
    config: String?, with batch: OutputBatch? = nil, _ body: () throws -> Result
  ) throws -> Result {
    if makesFolders, case .file(let path) = destination.place {
      try Folder.createAll(Folder.split(path).folder)
    }
    guard let folder else { return try body() }
    let isNew = !Folder.isFolder(folder)
    if isNew { try Folder.create(folder) }
    do {
      let file = try config.flatMap { config in
        try configPath.map {
          try OutputFile.start(config, at: $0, replaces: destination.replaces)
        }
      }
      let result = try body()
      try file?.commit(with: batch)
      return result
    } catch {
      if isNew { Folder.removeEmpty(folder) }
      throw error
    }
  }
}
