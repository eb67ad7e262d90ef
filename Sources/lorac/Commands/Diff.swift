import ArgumentParser
import Formats
import Fusion

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two adapters in what they add to the model, or two models.",
    discussion: """
      Adapters may be in any dialect, type and rank, plain or compressed: each module's deltas are \
      compared, computed from the factors in double precision. The distance of a module is \
      ‖ΔA - ΔB‖ / ‖ΔA‖ in the Frobenius norm. Two models are compared tensor by tensor.

        lorac diff heart.safetensors heart-converted.safetensors.zst --tolerance 1e-3

      Exit status: 0 if both have the same modules and no distance is above the tolerance; else 1. \
      A distance within the rounding of the computation, about 1e-14, counts as 0. Modules of \
      DoRA, (IA)³, OFT and others that depend on the base model are compared by their stored \
      numbers, if both adapters have the same algorithm there.
      """)

  @Argument(
    help: "The adapter or model that distances are relative to.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var a: String

  @Argument(
    help: "The adapter or model to compare with it.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var b: String

  @Option(help: ArgumentHelp("The largest distance that counts as equal.", valueName: "t"))
  var tolerance = 0.0

  @Flag(help: "List every module, not only those that differ most.")
  var modules = false

  @OptionGroup(title: "General") var common: CommonOptions

  func validate() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance \(tolerance) is not a number from 0 on")
    }
  }

  func run() throws {
    let comparison = try Comparison(
      a, b, threads: common.threads, progress: common.console.progress("comparing"))
    let isEqual = comparison.isEqual(within: tolerance)
    if common.json {
      try DiffDocument(comparison, a: a, b: b, tolerance: tolerance).document.print()
    } else if !common.quiet {
      let page = DiffPage(
        comparison, a: a, b: b, tolerance: tolerance, style: common.style,
        width: TerminalSize.columns, listsAll: modules)
      try StandardOutput.print(page.lines.joined(separator: "\n"))
    }
    if !isEqual { throw ExitCode(1) }
  }
}
