import ArgumentParser
import Building
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
    guard output.output == "-" else { return }
    if common.json { throw ValidationError("--json and -o - both want standard output") }
    if StandardOutput.isTerminal, !output.dryRun {
      throw ValidationError("an adapter is not for a terminal; redirect standard output")
    }
  }

  func run() throws {
    if base.path == nil { try OutputLocation.checkSuffix(of: output.output) }
    try output.report.check(inputs: [])
    let request = try request
    let checkpoint = try base.path.map { try Checkpoint(path: $0) }
    let library = try AdapterLibrary(request, threads: common.threads)
    let inputs = InputHashes(library, base: checkpoint)
    if !output.dryRun, common.threads > 1 { inputs.startEarly() }
    let weighed = try WeighedLibrary(library, request.weighing, threads: common.threads)
    weighed.report(to: common.console)
    if let checkpoint {
      let job = try BakeJob(request, weighed, into: checkpoint)
      job.report(to: common.console)
      try bake(job, inputs)
    } else {
      let job = try MergeJob(request, weighed)
      job.report(to: common.console)
      try merge(job, inputs)
    }
  }

  /// What the command line asks for.
  private var request: MergeRequest {
    get throws {
      var request = MergeRequest(adapters: adapters.map { .init(path: $0) })
      request.reading = reading.reading
      request.weighing = try attention.request(base: base.path, modules.options)
      (request.options, request.output) = (output.mergeOptions, output.request)
      (request.base, request.allowsUnmatched) = (base.path, base.allowUnmatched)
      try request.check(.commandLine)
      return request
    }
  }

  private func merge(_ job: MergeJob, _ inputs: InputHashes) throws {
    try Depfile.check(output.depfile, besides: job.inputFiles + job.location.files)
    try output.report.check(
      inputs: job.inputFiles,
      outputs: ["-o": job.location.destination.path, "--depfile": output.depfile])
    let outcome =
      try output.dryRun
      ? job.dryRun(threads: common.threads)
      : job.write(inputs, threads: common.threads, progress: common.console.progress("merging"))
    if outcome.isWritten {
      try Depfile.write(
        output.depfile, target: job.location.destination.name, inputs: job.inputFiles)
      try writeStatement(.merge(job))
    }
    var sha256: String?
    if case .file(let path) = job.location.destination.place, outcome.isWritten,
      common.json || output.report.path != nil
    {
      sha256 = try ContentHash.sha256(ofFile: path)
    }
    try output.report.write(ReportTarget(job.weighed, outcome, sha256: sha256, common))
    try report(
      job.weighed, MergeDocument(job.weighed, outcome, sha256: sha256).document,
      OutcomePage(outcome, style: common.style).lines)
  }

  private func bake(_ job: BakeJob, _ inputs: InputHashes) throws {
    try Depfile.check(output.depfile, besides: job.inputFiles + job.outputFiles)
    let written: String? =
      if case .file(let destination, _) = job.location { destination.path } else { nil }
    try output.report.check(
      inputs: job.inputFiles, outputs: ["-o": written, "--depfile": output.depfile])
    let outcome =
      try output.dryRun
      ? job.dryRun(threads: common.threads)
      : job.write(inputs, threads: common.threads, progress: common.console.progress("baking"))
    if outcome.isWritten {
      try Depfile.write(output.depfile, target: job.location.name, inputs: job.inputFiles)
      try writeStatement(.bake(job))
    }
    var sha256: String?
    if case .file(let destination, _) = job.location, case .file(let path) = destination.place,
      outcome.isWritten, common.json || output.report.path != nil
    {
      sha256 = try ContentHash.sha256(ofFile: path)
    }
    try output.report.write(ReportTarget(job.weighed, outcome, sha256: sha256, common))
    try report(
      job.weighed, BakeDocument(job.weighed, outcome, sha256: sha256).document,
      BakePage(outcome, style: common.style).lines)
  }

  private func writeStatement(_ job: PlannedJob) throws {
    guard output.provenance else { return }
    let (path, statement) = try job.statement(for: request, ContentDigests([:]), written: [:])
    try OutputFile.write(statement.document.indented + "\n", to: path, replaces: true)
  }

  private func report(
    _ weighed: WeighedLibrary, _ document: @autoclosure () -> JSONValue,
    _ lines: @autoclosure () -> [String]
  ) throws {
    if common.json {
      try document().print()
    } else if output.output != "-", !common.quiet {
      try WeightsPage(weighed, style: common.style, width: TerminalSize.columns).print()
      try StandardOutput.print(lines().joined(separator: "\n"))
    }
  }
}
