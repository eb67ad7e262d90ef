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

  @Flag(help: "Print every metadata entry; in full where output is no terminal.")
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
    var failures = FileFailures()
    let paths = try expanded(&failures)
    if files.count == 1, paths.count == 1 { return try showOne(paths[0]) }
    // One bad file among several is told, and the others are shown.
    let inspections = paths.compactMap { inspection($0, &failures) }
    try show(inspections, &failures)
    if let status = failures.status { throw ExitCode(status) }
  }

  private func expanded(_ failures: inout FileFailures) throws -> [String] {
    guard files.count > 1 else { return try InspectionInputs.expand(files[0]) }
    var paths: [String] = []
    for path in files {
      do { paths += try InspectionInputs.expand(path) } catch { failures.add(path, error) }
    }
    return paths
  }

  private func showOne(_ path: String) throws {
    let inspection = try FileInspection(path: path, showsBroken: true)
    let parts = try parts(of: inspection)
    if common.json {
      try InspectDocument(inspection, parts).document.print()
    } else {
      try page(inspection, parts).print()
    }
    if let fault = inspection.fault { throw fault }
  }

  private func inspection(_ path: String, _ failures: inout FileFailures) -> FileInspection? {
    do {
      let inspection = try FileInspection(path: path, showsBroken: true)
      if let fault = inspection.fault { failures.report(fault) }
      return inspection
    } catch {
      failures.add(path, error)
      return nil
    }
  }

  private func show(_ inspections: [FileInspection], _ failures: inout FileFailures) throws {
    guard !common.json else { return try showDocument(inspections, &failures) }
    guard inspections.count == 1 || hasOwnPages else {
      guard !inspections.isEmpty else { return }
      let width = TerminalSize.columns
      return try InspectTable(inspections, style: common.style, width: width).print()
    }
    for (index, inspection) in inspections.enumerated() {
      guard let parts = parts(of: inspection, &failures) else { continue }
      if index > 0 { try StandardOutput.print("") }
      try page(inspection, parts).print()
    }
  }

  private func page(_ inspection: FileInspection, _ parts: InspectParts) -> InspectPage {
    InspectPage(inspection, style: common.style, width: TerminalSize.columns, parts: parts)
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

  /// Nil for one of several files that cannot be read to its end, which is told.
  private func parts(
    of inspection: FileInspection, _ failures: inout FileFailures
  ) -> InspectParts? {
    do {
      return try parts(of: inspection)
    } catch {
      failures.add(inspection.path, error)
      return nil
    }
  }

  private func showDocument(
    _ inspections: [FileInspection], _ failures: inout FileFailures
  ) throws {
    var documents: [JSONValue] = []
    for inspection in inspections {
      guard let parts = parts(of: inspection, &failures) else { continue }
      documents.append(InspectDocument(inspection, parts).document)
    }
    try JSONValue.object([
      "schema": .string(InspectDocument.schema), "files": .array(documents),
      "failed": failures.document,
    ]).print()
  }
}
