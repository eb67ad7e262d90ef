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
}
