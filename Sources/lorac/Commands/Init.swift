import ArgumentParser
import Formats
import Fusion
import Recipes

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a recipe for 'lorac build' from adapters, with comments.",
    discussion: """
      Lists the adapters with what their files tell: base family, dialect, rank, and what each is \
      about; with a target that can be built as it stands.

        lorac init adapters/
        lorac build
      """)

  @Argument(
    help: "Adapters: files, PEFT folders, or folders of adapters. Default: the current folder.",
    completion: .file(extensions: ["safetensors", "zst"]))
  var adapters: [String] = ["."]

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The recipe to write; - for standard output.", valueName: "path"),
    completion: .file(extensions: ["yaml", "yml"]))
  var output = Recipe.fileNames[0]

  @Flag(help: "Replace an existing recipe.")
  var force = false

  @OptionGroup(title: "General") var common: CommonOptions

  func validate() throws {
    guard output != "" else { throw ValidationError("-o needs a path that is not empty") }
    guard !output.hasSuffix(".json") else {
      throw ValidationError("a recipe with comments is YAML; end -o in .yaml")
    }
    if common.json { throw ValidationError("a recipe is YAML; --json has no meaning") }
  }

  func run() throws {
    if output != "-" {
      guard force || !Folder.exists(output) else {
        throw FormatError(
          .cannotCreate, file: output, "exists already", remedy: "--force replaces it")
      }
      try OutputFile.check(output, replaces: true, mayLackFolder: false)
    }
    let template = RecipeTemplate(
      try inspections(), folder: output == "-" ? "." : Folder.split(output).folder)
    for (path, reason) in template.skipped { common.console.warn("\(path): \(reason)") }
    guard !template.adapters.isEmpty else {
      throw FormatError(
        .unacceptable, file: adapters.joined(separator: ", "), "holds no adapter that can be read")
    }
    let text = template.text(exampleOf: exampleAdapters(of: template))
    guard output != "-" else {
      try StandardOutput.print(String(text.dropLast()))
      return
    }
    try OutputFile.write(text, to: output, replaces: force)
    if !common.quiet {
      try StandardOutput.print(
        "wrote \(printable(output)): \(Quantity.count(template.adapters.count, "adapter"))")
    }
  }

  /// What is in the files; of folders, what cannot be read is told and left out.
  private func inspections() throws -> [FileInspection] {
    try adapters.flatMap { given in
      let paths = try AdapterPath.expand(given)
      guard paths != [given] else { return [try FileInspection(path: given)] }
      return paths.compactMap { path in
        do {
          return try FileInspection(path: path)
        } catch {
          common.console.warn("\(error) (left out)")
          return nil
        }
      }
    }
  }

  /// Those of the template that fit together, as a plan of the merge tells; at least one.
  private func exampleAdapters(of template: RecipeTemplate) -> [RecipeTemplate.Adapter] {
    let all = template.exampleAdapters
    let isPlannable = [all, Array(all.prefix(1))].first { chosen in
      var request = MergeRequest(adapters: chosen.map { .init(path: $0.inspection.path) })
      request.weighing.method = "linear"
      let job = try? MergeJob(
        request,
        WeighedLibrary(
          AdapterLibrary(request, threads: common.threads), request.weighing,
          threads: common.threads))
      return job != nil
    }
    return isPlannable ?? Array(all.prefix(1))
  }
}
