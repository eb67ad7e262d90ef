import ArgumentParser
import Formats
import Fusion

/// The base model that a fusion goes into.
struct BaseOptions: ParsableArguments {
  @Option(
    name: .customLong("base"),
    help: ArgumentHelp(
      """
      Bake into this model and write a model: a checkpoint file, plain or .zst, an index of shards, or \
      a folder in the layout of diffusers or Hugging Face.
      """, valueName: "path"),
    completion: .file(extensions: ["safetensors", "zst", "json"]))
  var path: String?

  @Flag(help: "Leave out modules that the base has no weight for, and list them.")
  var allowUnmatched = false

  @Option(
    help: ArgumentHelp(
      "Keep the singular values of the base's weights here, which SVDiff needs.", valueName: "dir"),
    completion: .directory)
  var cache: String?

  /// Checks the options that mean something else, or nothing, with or without a base.
  func check(_ output: OutputOptions) throws {
    guard path != nil else {
      if allowUnmatched { throw ValidationError("--allow-unmatched needs --base") }
      return
    }
    if output.rank != .exact {
      throw ValidationError(
        "--rank \(output.rank) does not go with --base: a model holds the sum itself, exactly")
    }
    if output.dialect != nil {
      throw ValidationError("--dialect does not go with --base: names are those of the base")
    }
    if output.dtype != nil {
      throw ValidationError("--dtype does not go with --base: every tensor keeps the base's type")
    }
  }

  /// Where the model goes: for a model of one file a file, else a folder.
  func location(
    of checkpoint: Checkpoint, _ output: OutputOptions
  ) throws(FusionError) -> BakeLocation {
    guard checkpoint.isFolder else {
      guard let path = output.output, path != "-" else {
        return .file(SafetensorsDestination(place: .standardOutput))
      }
      let isFolder = path.hasSuffix("/") || Folder.isFolder(path)
      let file = isFolder ? "\(Folder.trimmed(path))/\(checkpoint.files[0].name)" : path
      return .file(
        SafetensorsDestination(
          place: .file(file), zstdLevel: file.hasSuffix(".zst") ? output.level : nil,
          replaces: !output.noClobber))
    }
    let path = output.output ?? "-"
    let isFile = [".safetensors", ".safetensors.zst"].contains(where: path.hasSuffix)
    guard path != "-" || output.dryRun, !isFile || Folder.isFolder(path) else {
      throw FusionError(
        .usage, "the base is a folder, and so is the output, not '\(printable(path))'",
        hint: "name a folder to write, such as -o baked/")
    }
    return .folder(path)
  }
}

/// What a baked model is written as.
enum BakeLocation {
  case file(SafetensorsDestination)
  case folder(String)

  var name: String {
    switch self {
    case .file(let destination): destination.name
    case .folder(let path): Folder.trimmed(path)
    }
  }
}
