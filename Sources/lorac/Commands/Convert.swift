import ArgumentParser
import Formats
import Fusion

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Change dialect, type, compression or metadata of a file, and keep its meaning.",
    discussion: """
      Factors are copied, ranks and scales kept. Where dialect and type stay, the tensors of any \
      file, models too, are copied byte for byte.

        lorac convert kohya.safetensors -o diffusers.safetensors --dialect diffusers
        lorac convert a.safetensors -o a.safetensors.zst --set "modelspec.title=Red fox"
        lorac convert peft-folder/ -o kohya.safetensors --dialect kohya --dtype BF16

      The scale stands in alpha tensors (kohya), in adapter_config.json (a folder), or in the \
      metadata entry lora_adapter_metadata (single files of diffusers and PEFT), which not every \
      reader honours: --fold-alpha needs none of them. 'lorac diff' shows what rounding changed.
      """)

  @Argument(
    help: "A file (.safetensors, .safetensors.zst), or a PEFT folder.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var input: String

  @OptionGroup(title: "Output") var flags: ConversionFlags
  @OptionGroup(title: "General") var common: CommonOptions

  func validate() throws {
    guard flags.output == "-" else { return }
    if common.json { throw ValidationError("--json and -o - both want standard output") }
    if StandardOutput.isTerminal, !flags.dryRun {
      throw ValidationError("a file is not for a terminal; redirect standard output")
    }
  }

  func run() throws {
    let outcome = try ConvertJob(input, flags, common).run()
    if common.json {
      try ConvertDocument(outcome).document.print()
    } else if flags.output != "-", !common.quiet {
      try StandardOutput.print(
        ConvertPage(outcome, style: common.style).lines.joined(separator: "\n"))
    }
  }
}
