import ArgumentParser
import Formats
import Fusion
import TextEncoders

extension LongText: ExpressibleByArgument {}
extension TowerChoice: ExpressibleByArgument {}

/// Which text encoder makes the vectors, and how it reads texts.
struct EncoderFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The text encoder: builtin; a model's folder (Hugging Face layout); a checkpoint that holds a \
      text encoder; ORG/NAME[@REVISION] in the local Hugging Face cache; base for the one inside \
      --base.
      """, valueName: "spec"),
    completion: .file(extensions: ["safetensors", "zst"]))
  var encoder = BuiltinEncoder.spec

  @Option(help: "Which tower of an image model with two: l, g or both. Default: the projected one.")
  var encoderTower: TowerChoice?

  @Option(
    help: ArgumentHelp(
      "A folder with the tokenizer to use, not the model's own.", valueName: "dir"),
    completion: .directory)
  var tokenizer: String?

  @Option(help: "Texts beyond the encoder's length: chunk or truncate.")
  var longPrompt = LongText.chunk

  func validate() throws {
    guard encoder != "" else { throw ValidationError("--encoder needs a name that is not empty") }
    guard tokenizer != "" else {
      throw ValidationError("--tokenizer needs a path that is not empty")
    }
  }

  /// What the options ask for; `base` is the value of `--base`, which the encoder `base` stands for.
  ///
  /// - Throws: `FusionError` when `base` is asked for and not given, `FormatError` when it is not there.
  func request(base: String?) throws -> EncoderRequest {
    guard encoder == "base" else {
      return EncoderRequest(spec: encoder, tokenizer: tokenizer, tower: encoderTower)
    }
    guard let base else {
      throw FusionError(
        .usage, "'--encoder base' means the text encoder inside --base, which is not given",
        hint: "name the checkpoint with --encoder, or give --base to a command that takes it")
    }
    guard Folder.exists(base) else {
      throw FormatError(.unreadable, file: base, "No such file or directory")
    }
    // A path, also where it reads like the name of an encoder.
    let path = base.contains("/") ? base : "./\(base)"
    return EncoderRequest(spec: path, tokenizer: tokenizer, tower: encoderTower)
  }
}
