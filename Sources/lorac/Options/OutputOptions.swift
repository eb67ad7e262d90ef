import ArgumentParser
import Formats
import Fusion

extension RankOption: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}

extension AdapterDialect: ExpressibleByArgument {
  public init?(argument: String) {
    guard let dialect = Self.written.first(where: { $0.rawValue == argument }) else { return nil }
    self = dialect
  }

  public static var allValueStrings: [String] { written.map(\.rawValue) }
}

extension WrittenType: ExpressibleByArgument {
  public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}

/// Where the result goes, and in what form.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp(
      """
      The file to write: .safetensors, or .safetensors.zst for zstd; a folder (or a path that ends \
      in /) for the layout of PEFT; - for standard output.
      """, valueName: "path"),
    completion: .file(extensions: ["safetensors", "zst"]))
  var output: String?

  @Option(
    help: ArgumentHelp(
      """
      exact: no loss; N: the best approximation of rank N; P%: the least rank that keeps P percent \
      of each module's squared norm.
      """, valueName: "exact|n|p%"))
  var rank = RankOption.exact

  @Option(
    help: "Names of the written tensors: kohya, diffusers or peft. Default: the first input's.")
  var dialect: AdapterDialect?

  @Option(help: "Type of the written tensors: F32, F16 or BF16. Default: the first input's.")
  var dtype: WrittenType?

  @Option(help: ArgumentHelp("zstd level, 1 to 22.", valueName: "l"))
  var level = 3

  @Flag(help: "Refuse to replace an existing file.")
  var noClobber = false

  @Flag(help: "Do everything but write: print the weights, the output's size, the memory needed.")
  var dryRun = false

  @Option(
    help: ArgumentHelp("Write a Make rule that names every file read.", valueName: "file.d"),
    completion: .file())
  var depfile: String?

  @Flag(
    help: """
      Write a statement of what was made from what beside the output (OUTPUT.intoto.json), for \
      'lorac verify'.
      """)
  var provenance = false

  @OptionGroup var report: ReportFlags

  func validate() throws {
    guard output != "" else { throw ValidationError("-o needs a path that is not empty") }
    guard !provenance || output != "-" else {
      throw ValidationError("--provenance writes beside a file, and -o - is none")
    }
    guard output != nil || dryRun else {
      throw ValidationError("missing -o PATH, the file to write")
    }
  }

  var mergeOptions: MergeOptions {
    MergeOptions(rank: rank, dialect: dialect, dtype: dtype?.dtype)
  }

  /// Where the result goes; nowhere yet in a dry run to standard output.
  var request: MergeRequest.Output {
    var request = MergeRequest.Output(path: dryRun && output == "-" ? nil : output)
    (request.level, request.replaces) = (level, !noClobber)
    return request
  }
}
