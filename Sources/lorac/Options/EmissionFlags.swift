import ArgumentParser
import Formats
import Fusion

/// The builds of other engines that run lorac.
enum Engine: String, CaseIterable, ExpressibleByArgument {
  case ninja, snakemake, slurm
}

/// Which engine's build is written, and where.
struct EmissionFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Build nothing; print how ninja, snakemake or slurm would build the targets by running lorac. \
      Paths in it are from its folder.
      """, valueName: "engine"))
  var emit: Engine?

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp(
      "With --emit: the file to write. A Ninja file renews itself then. Default: standard output.",
      valueName: "path"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "With --emit slurm: the number of array tasks. Default: one for 50 targets, at most 1000.",
      valueName: "n"))
  var tasks: Int?

  func validate() throws {
    guard emit != nil else {
      if output != nil { throw ValidationError("-o is for --emit; the recipe names outputs") }
      if tasks != nil { throw ValidationError("--tasks is for --emit slurm") }
      return
    }
    guard output != "" else { throw ValidationError("-o needs a path that is not empty") }
    guard let tasks else { return }
    guard emit == .slurm else { throw ValidationError("--tasks is for --emit slurm") }
    guard (1...100_000).contains(tasks) else {
      throw ValidationError("--tasks \(tasks) is not between 1 and 100000")
    }
  }

  /// The file to write; nil for standard output.
  private var path: String? { output == "-" ? nil : output }

  var place: WrapperPlace { WrapperPlace(file: path) }

  /// Writes what `emission` is for the engine.
  ///
  /// - Throws: `FusionError` for what cannot be said to it; `FormatError` of the file.
  func write(_ emission: Emission, _ common: CommonOptions) throws {
    guard let emit else { return }
    let text =
      switch emit {
      case .ninja: try NinjaFile(emission).text
      case .snakemake: try Snakefile(emission).text
      case .slurm: try SlurmScript(emission, tasks: tasks).text
      }
    guard let path else {
      try StandardOutput.print(String(text.dropLast()))
      return
    }
    // Ninja takes a file that did not change for up to date, and Snakemake runs nothing again.
    let old = try? Folder.bytes(ofFile: path, limit: 1 << 30)
    if old.map({ $0.elementsEqual(text.utf8) }) != true {
      try OutputFile.write(text, to: path, replaces: true)
    }
    if !common.quiet {
      try StandardOutput.print(
        "wrote \(printable(path)): \(Quantity.count(emission.targets.count, "target"))")
    }
  }
}
