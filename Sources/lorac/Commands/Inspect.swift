import ArgumentParser
import Formats
import Fusion

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what adapters and models are: dialect, base family, blocks, ranks, metadata.",
    discussion: """
      Reads headers only, unless hashes or statistics are asked for, so it takes the same short time \
      whatever the size of a file. A checkpoint, an index of shards, and the folder of a diffusers or \
      Hugging Face model show their components and blocks. Several files make a table; with \
      --modules, --tensors, --metadata, --hash or --stats each has its page.

        lorac inspect heart-neon.safetensors --stats
        lorac inspect sdxl.safetensors
        lorac inspect adapters/ --json
      """)

  @Argument(
    help: """
      Files (.safetensors, .safetensors.zst), indexes of shards, PEFT folders, folders of a model, \
      or folders of adapters.
      """,
    completion: .file(extensions: ["safetensors", "zst", "json"]))
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

  @Flag(
    help: """
      Compute norms, singular values and effective ranks of what an adapter changes, by block and \
      by module, and count NaN, infinities and zeros. Reads the whole file.
      """)
  var stats = false

  @OptionGroup(title: "General") var common: CommonOptions

  func run() throws {
    let paths = try files.flatMap { path throws(FormatError) in
      try InspectionInputs.expand(path)
    }
    guard paths.count > 1 else {
      let inspections = try paths.map { try FileInspection(path: $0, showsBroken: true) }
      try show(inspections)
      if let fault = inspections.first?.fault { throw fault }
      return
    }
    // One bad file among several is told, and the others are shown.
    var (inspections, firstFailure): ([FileInspection], Failure?) = ([], nil)
    for path in paths {
      do {
        let inspection = try FileInspection(path: path, showsBroken: true)
        inspections.append(inspection)
        if let fault = inspection.fault { throw fault }
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
    guard inspections.count == 1 || hasOwnPages else {
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

  private var hasOwnPages: Bool { modules || tensors || metadata || hash || stats }

  private func parts(of inspection: FileInspection) throws -> InspectParts {
    var parts = InspectParts(
      listsModules: modules, listsTensors: tensors, showsMetadata: metadata)
    if hash {
      parts.hashes = try inspection.files.map { try FileHashes($0, threads: common.threads) }
    }
    guard stats else { return parts }
    guard let adapter = inspection.adapter else {
      common.console.note(
        "\(inspection.path): no adapter, so there are no statistics of what it changes")
      return parts
    }
    parts.statistics = try DeltaStatistics(
      of: adapter, threads: common.threads, progress: common.console.progress("computing"))
    return parts
  }

  private func showDocuments(_ inspections: [FileInspection]) throws {
    let documents = try inspections.map {
      InspectDocument($0, try parts(of: $0)).document
    }
    let whole = JSONValue.object([
      "schema": .string(InspectDocument.schema), "files": .array(documents),
    ])
    try (files.count == 1 && documents.count == 1 ? documents[0] : whole).print()
  }
}
