import ArgumentParser
import Building
import Formats

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make an artifact again from what its statement records, and compare.",
    discussion: """
      Reads the statement that 'merge' and 'build' write with --provenance, checks the digests of the \
      artifact and of every input, merges them again in a temporary folder, and compares the bytes. \
      On another kind of processor, sums may be rounded otherwise; there, deltas are compared.

        lorac verify out/fox-card.safetensors

      Exit status: 0 the artifact is what it says; 1 it or an input changed, or it cannot have been \
      made so; 65 the statement cannot be used; 66 the statement or an input is missing.
      """)

  @Argument(
    help: "A file or folder that lorac wrote.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var artifact: String

  @Option(
    help: ArgumentHelp(
      "Where the statement is. Default: ARTIFACT.intoto.json.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var statement: String?

  @Option(
    name: .customLong("inputs"),
    help: ArgumentHelp(
      "A folder in which inputs are found by their content, whatever their names; repeatable.",
      valueName: "dir"),
    completion: .directory)
  var inputs: [String] = []

  @OptionGroup(title: "General") var common: CommonOptions

  func run() throws {
    let result = try Verification(
      of: artifact, statementPath: statement, inputs: inputs, threads: common.threads)
    if common.json {
      try VerifyDocument(result).document.print()
    } else if !common.quiet {
      try StandardOutput.print(
        VerifyPage(result, style: common.style).lines.joined(separator: "\n"))
    }
    if !result.findings.isEmpty { throw ExitCode(1) }
  }
}
