import Formats

/// The files that an output path stands for.
struct OutputLocation {
  let destination: SafetensorsDestination
  /// The folder that the file is written to, with its `adapter_config.json`, if there is one.
  let folder: String?
  private let isModel: Bool

  /// The files that `path` stands for; `modelFile` is what the file is called in a folder, if it is that
  /// of a model.
  init(path: String?, level: Int, replaces: Bool, modelFile: String? = nil) {
    isModel = modelFile != nil
    guard let path, path != "-" else {
      destination = SafetensorsDestination(place: .standardOutput)
      folder = nil
      return
    }
    if path.hasSuffix("/") || Folder.isFolder(path) {
      let folder = Folder.trimmed(path)
      self.folder = folder
      let name = modelFile ?? "adapter_model.safetensors"
      destination = SafetensorsDestination(
        place: .file("\(folder)/\(name)"), zstdLevel: name.hasSuffix(".zst") ? level : nil,
        replaces: replaces)
    } else {
      folder = nil
      destination = SafetensorsDestination(
        place: .file(path), zstdLevel: path.hasSuffix(".zst") ? level : nil, replaces: replaces)
    }
  }

  /// The configuration of a PEFT folder.
  private var configPath: String? {
    isModel ? nil : folder.map { "\($0)/adapter_config.json" }
  }

  /// Checks everything that can be known of the outputs before the work.
  func check(depfile: String?) throws {
    let replaces = destination.replaces
    if case .file(let path) = destination.place {
      try OutputFile.check(path, replaces: replaces, mayLackFolder: folder != nil)
    }
    if let configPath {
      try OutputFile.check(configPath, replaces: replaces, mayLackFolder: true)
    }
    if let depfile { try OutputFile.check(depfile, replaces: true, mayLackFolder: false) }
  }

  /// Makes the folder for what `body` writes, and removes it again if that fails; `config` is put
  /// in place when `body` is done.
  func inFolder<Result>(config: String?, _ body: () throws -> Result) throws -> Result {
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
      try file?.commit()
      return result
    } catch {
      if isNew { Folder.removeEmpty(folder) }
      throw error
    }
  }
}
