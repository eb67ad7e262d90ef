import ArgumentParser
import Fusion
import Recipes
import TextEncoders

extension PromptSyntax: ExpressibleByArgument {}

/// The prompts, and how they are read.
struct PromptFlags: ParsableArguments {
  @Option(
    name: .customLong("prompt"), parsing: .singleValue,
    help: ArgumentHelp("A prompt. Repeat it: the weights serve all prompts.", valueName: "text"))
  var texts: [String] = []

  @Option(
    name: .customLong("prompts"), parsing: .singleValue,
    help: ArgumentHelp(
      "A file of prompts: text, one a line; or a JSON or YAML list of texts or {text, weight}.",
      valueName: "file"),
    completion: .file())
  var files: [String] = []

  @Option(help: "auto cleans web-UI prompt syntax; plain takes the text as it is.")
  var promptSyntax = PromptSyntax.auto

  /// The prompts of both kinds, in order.
  func prompts() throws -> [WeighingRequest.Prompt] {
    try texts.map { WeighingRequest.Prompt(text: $0) } + files.flatMap(PromptFile.prompts(at:))
  }
}
