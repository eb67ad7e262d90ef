import ArgumentParser
import Formats
import Fusion

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what adapter files are: dialect, base family, ranks, scale, metadata, key.",
    discussion: """
      Reads headers only, so it takes the same short time whatever the size of a file.

        lorac inspect heart-neon.safetensors
        lorac inspect adapters/ --json
      """)

  @Argument(
    help: "Files (.safetensors, .safetensors.zst), PEFT folders, or folders of adapters.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var files: [String]

  @Flag(help: "List every module.")
  var modules = false

  @Flag(help: "Print every metadata entry in full.")
  var metadata = false

  @OptionGroup(title: "General") var common: CommonOptions

  func run() throws {
    let paths = try files.flatMap { path throws(FormatError) in try AdapterPath.expand(path) }
    let reports = try paths.map { try FileInspection(path: $0) }
    if common.json {
      let documents = reports.map { InspectDocument($0).document }
      print(documents.count == 1 ? documents[0].indented : JSONValue.array(documents).indented)
      return
    }
    for (index, report) in reports.enumerated() {
      if index > 0 { print() }
      InspectPage(
        report, style: common.style, width: TerminalSize.columns, listsModules: modules,
        showsMetadata: metadata
      ).print()
    }
  }
}
