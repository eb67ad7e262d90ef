import ArgumentParser
import Formats
import Fusion

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what adapter files are: dialect, base family, ranks, scale, metadata, key.",
    discussion: """
      Reads headers only, unless hashes are asked for, so it takes the same short time whatever the \
      size of a file. Several files make a table; with --modules, --tensors, --metadata or --hash each \
      has its page.

        lorac inspect heart-neon.safetensors
        lorac inspect adapters/ --json
      """)

  @Argument(
    help: "Files (.safetensors, .safetensors.zst), PEFT folders, or folders of adapters.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var files: [String]

  @Flag(help: "List every module.")
  var modules = false

  @Flag(help: "List every tensor.")
  var tensors = false

  @Flag(help: "Print every metadata entry in full.")
  var metadata = false

  @Flag(
    help: """
      Compute the hashes by which web sites know the file: SHA-256, AutoV1 to AutoV3, and those of \
      sd-scripts. Reads the whole file.
      """)
  var hash = false

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
    guard !common.json else {
      try showDocuments(inspections)
      return
    }
    guard inspections.count == 1 || modules || tensors || metadata || hash else {
      try InspectTable(inspections, style: common.style, width: TerminalSize.columns).print()
      return
    }
    for (index, inspection) in inspections.enumerated() {
      if index > 0 { try StandardOutput.print("") }
      try InspectPage(
        inspection, style: common.style, width: TerminalSize.columns, parts: parts(of: inspection)
      ).print()
    }
  }

  private func parts(of inspection: FileInspection) throws -> InspectParts {
    InspectParts(
      listsModules: modules, listsTensors: tensors, showsMetadata: metadata,
      hashes: hash ? try FileHashes(inspection.tensors, threads: common.threads) : nil)
  }

  private func showDocuments(_ inspections: [FileInspection]) throws {
    let documents = try inspections.map {
      InspectDocument($0, try parts(of: $0)).document
    }
    let whole = JSONValue.object([
      "schema": .string(InspectDocument.schema), "files": .array(documents),
    ])
    try StandardOutput.print(
      (files.count == 1 && documents.count == 1 ? documents[0] : whole).indented)
  }
}
