import ArgumentParser
import Formats
import Fusion
import TextEncoders

struct Embed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn texts into vectors, to check an encoder against other tools.",
    discussion: """
      Prints how many tokens each text has and how alike the texts are; --json prints the vectors, \
      and -o writes them as a tensor.

        lorac embed "a red fox" "a fox in autumn" "a tax return"
        lorac embed --prompts prompts.txt --encoder models/sdxl.safetensors --json
      """)

  @Argument(help: "Texts.")
  var texts: [String] = []

  @OptionGroup(title: "Texts") var prompts: PromptFlags
  @OptionGroup(title: "Encoder") var encoder: EncoderFlags

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp(
      "A file for the tensor 'embeddings': .safetensors, .safetensors.zst, or - for standard output.",
      valueName: "path"),
    completion: .file(extensions: ["safetensors", "zst"]))
  var output: String?

  @OptionGroup(title: "General") var common: CommonOptions

  func validate() throws {
    guard output != "" else { throw ValidationError("-o needs a path that is not empty") }
    guard output == "-" else { return }
    if common.json { throw ValidationError("--json and -o - both want standard output") }
    if StandardOutput.isTerminal {
      throw ValidationError("a tensor is not for a terminal; redirect standard output")
    }
  }

  func run() throws {
    let all = texts + (try prompts.prompts()).map(\.text)
    guard !all.isEmpty else {
      throw FusionError(
        .usage, "there is no text to embed", hint: "give texts, --prompt or --prompts")
    }
    try OutputLocation.checkSuffix(of: output)
    let destination = output.map { path in
      SafetensorsDestination(
        place: path == "-" ? .standardOutput : .file(path),
        zstdLevel: path.hasSuffix(".zst") ? 3 : nil)
    }
    if case .file(let path)? = destination?.place {
      try OutputFile.check(path, replaces: true, mayLackFolder: false)
    }
    let found = try EncoderResolver.encoder(
      encoder.request(base: nil), threads: common.threads)
    let embedded = try EmbeddedTexts(
      all, by: found, prompts.promptSyntax, encoder.longPrompt, threads: common.threads)
    for note in embedded.notes { common.console.note(note) }
    if let destination { try embedded.write(to: destination, threads: common.threads) }
    if common.json {
      try EmbedDocument(embedded).document.print()
    } else if destination == nil {
      try EmbedPage(embedded, style: common.style, width: TerminalSize.columns).print()
    }
  }
}
