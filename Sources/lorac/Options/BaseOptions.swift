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
}
