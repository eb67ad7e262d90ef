import ArgumentParser
import Formats
import Fusion
import Reports

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fuse the adapters that prompts ask for into one adapter, or into a model.",
    discussion: """
      Weighs the adapters by attention between the prompts and what each adapter is about, sums \
      their deltas with these weights exactly, and writes one adapter.

        lorac merge adapters/ --prompt "a red heart in neon glow style" \\
            -o heart-neon.safetensors
        lorac merge a.safetensors b.safetensors --method linear \\
            --weight a=0.8 --weight b=0.4 --rank 32 -o ab.safetensors.zst
        lorac merge adapters/ --prompt "a fox" --base sdxl.safetensors -o fox-sdxl.safetensors

      What an adapter is about (its key) is taken from the first of: --key; the metadata entry \
      lorac.key; a sidecar (NAME.civitai.info, NAME.json); modelspec.* metadata; the most frequent \
      training tags; the file's name.

      \(ModuleFlags.discussion)
      """)

  @Argument(
    help: "Adapters: files, PEFT folders, or folders of adapters.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var adapters: [String]

  @OptionGroup(title: "Attention") var attention: AttentionFlags
  @OptionGroup(title: "Adapters") var reading: ReadingFlags
  @OptionGroup(title: "Weights by module") var modules: ModuleFlags
  @OptionGroup(title: "Base model") var base: BaseOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "General") var common: CommonOptions

  func validate() throws {
    try base.check(output)
    guard output.output == "-" else { return }
    if common.json { throw ValidationError("--json and -o - both want standard output") }
    if StandardOutput.isTerminal, !output.dryRun {
      throw ValidationError("an adapter is not for a terminal; redirect standard output")
    }
  }

  func run() throws {
    try output.report.check(inputs: [])
    let checkpoint = try base.path.map { try Checkpoint(path: $0) }
    let library = try AdapterLibrary(
      paths: adapters, reading: reading.reading, threads: common.threads)
    let inputs = InputHashes(library, base: checkpoint)
    if !output.dryRun, common.threads > 1 { inputs.startEarly() }
    let weighed = try WeighedLibrary(
      library, attention.request(base: base.path, modules.options), threads: common.threads)
    weighed.report(to: common.console)
    if let checkpoint {
      let outcome = try BakeJob(
        weighed, into: checkpoint, inputs, allowsUnmatched: base.allowUnmatched,
        cache: attention.cache, output, common
      ).run()
      try output.report.write(ReportTarget(weighed, outcome, common))
      return try report(
        weighed, BakeDocument(weighed, outcome).document,
        BakePage(outcome, style: common.style).lines
      )
    }
    let outcome = try MergeJob(weighed, inputs, output, common).run()
    try output.report.write(ReportTarget(weighed, outcome, common))
    try report(
      weighed, MergeDocument(weighed, outcome).document,
      OutcomePage(outcome, style: common.style).lines)
  }

  private func report(
    _ weighed: WeighedLibrary, _ document: @autoclosure () -> JSONValue,
    _ lines: @autoclosure () -> [String]
  ) throws {
    if common.json {
      try StandardOutput.print(document().indented)
    } else if output.output != "-", !common.quiet {
      try WeightsPage(weighed, style: common.style, width: TerminalSize.columns).print()
      try StandardOutput.print(lines().joined(separator: "\n"))
    }
  }
}
