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
    guard paths.count > 1 else {
      try show(paths.map { try FileInspection(path: $0) })
      return
    }
    // One bad file among several is told, and the others are shown.
    var (inspections, firstFailure): ([FileInspection], Failure?) = ([], nil)
    for path in paths {
      do {
        inspections.append(try FileInspection(path: path))
      } catch {
        let failure = Failure(error)
        failure.report()
        firstFailure = firstFailure ?? failure
      }
    }
    try show(inspections)
    if let firstFailure { throw ExitCode(firstFailure.status) }
  }

  private func show(_ inspections: [FileInspection]) throws {
    guard common.json else {
      for (index, inspection) in inspections.enumerated() {
        if index > 0 { try StandardOutput.print("") }
        try InspectPage(
          inspection, style: common.style, width: TerminalSize.columns, listsModules: modules,
          showsMetadata: metadata
        ).print()
      }
      return
    }
    let documents = inspections.map { InspectDocument($0).document }
    let whole = JSONValue.object([
      "schema": .string(InspectDocument.schema), "files": .array(documents),
    ])
    try StandardOutput.print(
      (files.count == 1 && documents.count == 1 ? documents[0] : whole).indented)
  }
}
