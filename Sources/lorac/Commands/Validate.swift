import ArgumentParser
import Formats
import Fusion

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is wrong with files, in a form a pipeline can act on.",
    discussion: """
      Checks the container (header, types, offsets, sizes, compression), then the adapter in it \
      (names, pairs of factors, shapes, ranks, alphas, configuration, metadata), then every weight \
      for NaN and infinities. A file that merging refuses is never called sound. Pickles are named, \
      and never loaded.

        lorac validate fox.safetensors
        lorac validate adapters/ --quick          # headers only: hundreds of files a second
        lorac validate adapters/ --strict --json  # warnings count too; one document
        lorac validate fox.safetensors --base sdxl.safetensors
        lorac validate --explain E0103            # what a code means; all lists every code

      Every finding has a stable code, a place, a message and a remedy. Files with warnings alone \
      are readable, and merge. A folder stands for all *.safetensors and *.safetensors.zst files, \
      PEFT folders and indexes of shards (*.safetensors.index.json) below it.

      Exit status: 0 no errors; 1 errors, or with --strict warnings; 64 wrong usage; 66 a path does \
      not exist or cannot be read.
      """)

  @Argument(
    help: "Files, PEFT folders, indexes of shards, or folders of them.",
    completion: .file(extensions: ["safetensors", "zst", "json"]))
  var files: [String] = []

  @Flag(help: "Read headers only, not the weights.")
  var quick = false

  @Flag(help: "Let warnings count as errors for the exit status.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      "Check that every module has a weight of the right shape in this base model.",
      valueName: "path"),
    completion: .file(extensions: ["safetensors", "zst", "json"]))
  var base: String?

  @Option(
    help: ArgumentHelp(
      "Print what a code means, such as E0103 or truncated-data; all for the table of all codes.",
      valueName: "code"))
  var explain: String?

  @OptionGroup(title: "General") var common: CommonOptions

  func validate() throws {
    guard explain == nil || files.isEmpty else {
      throw ValidationError("--explain takes a code, and no files")
    }
    guard explain != nil || !files.isEmpty else {
      throw ValidationError("missing the files to validate")
    }
    if let explain, explain != "all", FindingCode(explain) == nil {
      throw ValidationError(
        "'\(printable(explain))' is no code of a finding; '--explain all' lists them")
    }
  }

  func run() throws {
    if let explain { return try show(FindingCode(explain)) }
    let validations = try ValidationInputs(files).validate(
      isQuick: quick, base: base.map { path throws(FormatError) in try Checkpoint(path: path) },
      threads: common.threads,
      progress: common.console.progress("Validating"))
    try show(validations)
    if validations.contains(where: \.isUnreadable) { throw ExitCode(ExitStatus.noInput) }
    let isBad = validations.contains { $0.verdict == .errors || (strict && $0.verdict != .ok) }
    if isBad { throw ExitCode(1) }
  }

  /// Explains a code; all codes where it is nil.
  private func show(_ code: FindingCode?) throws {
    if common.json {
      try ExplainDocument(code.map { [$0] } ?? FindingCode.allCases).document.print()
    } else if let code {
      try StandardOutput.print(FindingPage.explanation(of: code, style: common.style))
    } else if StandardOutput.isTerminal {
      try StandardOutput.print(
        lines: FindingPage.lines(style: common.style, width: TerminalSize.columns))
    } else {
      try StandardOutput.print(FindingPage.table)
    }
  }

  private func show(_ validations: [FileValidation]) throws {
    if common.json {
      try ValidateDocument(validations).document.print()
    } else {
      try ValidatePage(
        validations, style: common.style, isQuiet: common.quiet, isVerbose: common.verbose,
        width: StandardOutput.isTerminal ? TerminalSize.columns : nil
      ).print()
    }
  }
}
