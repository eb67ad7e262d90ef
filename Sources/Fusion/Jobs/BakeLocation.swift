package import Formats

/// What a baked model is written as.
package enum BakeLocation: Sendable {
  /// A file; it may be in a folder that is to be made.
  case file(SafetensorsDestination, newFolder: String? = nil)
  case folder(String)

  /// For a model of one file a file, else a folder.
  ///
  /// - Throws: `FusionError` where the path is of the other kind.
  init(of checkpoint: Checkpoint, _ output: MergeRequest.Output) throws(FusionError) {
    guard checkpoint.isFolder else {
      guard let path = output.path, path != "-" else {
        self = .file(SafetensorsDestination(place: .standardOutput))
        return
      }
      try OutputLocation.checkSuffix(of: path)
      let isFolder = path.hasSuffix("/") || Folder.isFolder(path)
      let file = isFolder ? "\(Folder.trimmed(path))/\(checkpoint.files[0].name)" : path
      let folder = Folder.trimmed(path)
      self = .file(
        SafetensorsDestination(
          place: .file(file), zstdLevel: file.hasSuffix(".zst") ? output.level : nil,
          replaces: output.replaces),
        newFolder: isFolder && !Folder.isFolder(folder) ? folder : nil)
      return
    }
    let path = output.path ?? "-"
    let isFile = [".safetensors", ".safetensors.zst"].contains(where: path.hasSuffix)
    guard path != "-" || output.path == nil, !isFile || Folder.isFolder(path) else {
      throw FusionError(
        .usage, "the base is a folder, and so is the output, not '\(printable(path))'",
        hint: "name a folder to write, such as -o baked/")
    }
    self = .folder(path)
  }

  /// Makes the folder that the file goes to, where it is not there, and removes it again if `body` fails.
  func inNewFolder<Result>(_ body: () throws -> Result) throws -> Result {
    guard case .file(_, let folder?) = self else { return try body() }
    try Folder.create(folder)
    do {
      return try body()
    } catch {
      Folder.removeEmpty(folder)
      throw error
    }
  }

  /// Such as `safetensors.zst`, or `folder`.
  package var format: String {
    switch self {
    case .file(let destination, _):
      destination.zstdLevel == nil ? "safetensors" : "safetensors.zst"
    case .folder: "folder"
    }
  }

  package var name: String {
    switch self {
    case .file(let destination, _): destination.name
    case .folder(let path): Folder.trimmed(path)
    }
  }
}
