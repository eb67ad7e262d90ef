import ArgumentParser
import Formats
import Fusion

@main
struct Lorac: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lorac",
    abstract: "Compile LoRA adapters into the one adapter that a prompt asks for.",
    discussion: """
      lorac reads adapters (safetensors, plain or .zst) and prompts, finds out by attention \
      which adapters the prompts ask for, sums their weight deltas exactly, and writes one adapter.

        lorac merge fox.safetensors watercolor.safetensors \\
            --prompt "a watercolor fox" -o fox-card.safetensors

      Results go to standard output; progress, notes and errors to standard error. @FILE among \
      the arguments stands for the arguments in FILE, one per line or shell-quoted.

      Exit status: 0 done; 1 'validate' found errors or 'diff' differences; 64 wrong usage; 65 an \
      input is not acceptable; 66 an input is missing; 70 a bug in lorac; 73 the output cannot be \
      created; 74 reading or writing failed; 75 try again later; 130 or 143 stopped by a signal.
      """,
    version: LoracVersion.current,
    subcommands: [
      Merge.self, BuildCommand.self, Verify.self, Init.self, Weights.self, Inspect.self,
      Validate.self,
      Embed.self, Diff.self, Convert.self,
    ])

  static func main() {
    Temporaries.removeOnSignals()
    ProcessMemory.keepFreedMemory()
    do {
      var command = try parseAsRoot(ResponseFile.expand(Array(CommandLine.arguments.dropFirst())))
      try command.run()
    } catch {
      Failure.exit(with: error)
    }
  }
}
