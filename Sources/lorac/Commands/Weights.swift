import ArgumentParser
import Formats
import Fusion
import Reports

struct Weights: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show which adapters prompts ask for, and write no adapter.",
    discussion: """
      Prints, for each prompt and adapter, the cosine of the prompt and the adapter's key text, \
      the share that attention gives it, and the weight that a merge would use.

        lorac weights adapters/ --prompt "a red heart in neon glow style"
      """)

  @Argument(
    help: "Adapters: files, PEFT folders, or folders of adapters.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var adapters: [String]

  @OptionGroup(title: "Attention") var attention: AttentionFlags

  @Option(
    help: ArgumentHelp(
      "The checkpoint whose text encoder --encoder base stands for.", valueName: "path"),
    completion: .file(extensions: ["safetensors", "zst"]))
  var base: String?

  @OptionGroup(title: "Adapters") var reading: ReadingFlags
  @OptionGroup(title: "Weights by module") var modules: ModuleFlags
  @OptionGroup(title: "Output") var report: ReportFlags
  @OptionGroup(title: "General") var common: CommonOptions

  func run() throws {
    try report.check(inputs: [])
    let library = try AdapterLibrary(
      paths: adapters, reading: reading.reading, threads: common.threads)
    let weighed = try WeighedLibrary(
      library, attention.request(base: base, modules.options), threads: common.threads)
    weighed.report(to: common.console)
    try report.check(
      inputs: library.members.flatMap(\.file.files) + weighed.encoderFiles
        + weighed.moduleWeights.files)
    try report.write(ReportTarget(weighed, name: "weights"))
    if common.json {
      try WeightsDocument(weighed).document.print()
    } else {
      try WeightsPage(weighed, style: common.style, width: TerminalSize.columns).print()
    }
  }
}

extension WeighedLibrary {
  /// Says what the user must see beside the weights.
  func report(to console: Console) {
    for member in library.members {
      for warning in member.file.warnings { console.warn("\(member.file.path): \(warning)") }
    }
    for warning in weights.warnings { console.warn("\(warning)") }
    for note in notes { console.note(note) }
    for (key, name) in zip(keys, library.names) {
      console.explain("key of '\(name)' (\(key.source)): \(key.texts.joined(separator: " | "))")
    }
  }
}
