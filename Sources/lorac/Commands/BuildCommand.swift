import ArgumentParser
import Building
import Formats
import Fusion
import Recipes

struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build the targets of a recipe, those that are not as they should be.",
    discussion: """
      Reads a recipe (lorac.yaml, lorac.yml or lorac.json in this folder, unless one is named), checks \
      all targets before it computes any, and builds those whose inputs, recipe or output changed. \
      What was built from what is kept in .lorac beside the recipe.

        lorac build                      all targets of ./lorac.yaml
        lorac build fox-card fox-poster  two of them
        lorac build sets/cards.yaml --dry-run

      A target that fails ends the build once those at work are done; --keep-going builds the others. \
      --emit writes a Ninja file, a Snakefile or a Slurm script that run lorac. \
      Exit status as everywhere; of several failures the first that another try would not mend.
      """)

  @Argument(
    help: ArgumentHelp(
      "The recipe, if the first names a file or ends in .yaml, .yml or .json; and names of targets.",
      valueName: "recipe-or-target"),
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var arguments: [String] = []

  @OptionGroup(title: "Building") var building: BuildFlags
  @OptionGroup(title: "Other engines") var emission: EmissionFlags
  @OptionGroup(title: "General") var common: CommonOptions

  func validate() throws {
    guard emission.emit != nil else { return }
    let others = [
      ("--list", building.list), ("--dry-run", building.dryRun), ("--force", building.force),
      ("--keep-going", building.keepGoing), ("--jobs", building.jobs != nil),
      ("--shard", building.shard != nil), ("--results", building.results != nil),
      ("--depfile", building.depfile != nil), ("--locked", building.locked),
      ("--provenance", building.provenance), ("--report", building.report.path != nil),
      ("--no-state", building.noState), ("--json", common.json),
    ]
    if let other = others.first(where: \.1) {
      throw ValidationError("\(other.0) has no meaning with --emit, which builds nothing")
    }
  }

  func run() throws {
    let began = FileStamp.currentTick
    let keepsState = !building.noState && emission.emit == nil
    let selection = try RecipeSelection(
      arguments, shard: building.shard?.shard, keepsState: keepsState)
    for warning in selection.recipe.warnings { common.console.warn(warning.description) }
    guard !building.list else { return try BuildListing(selection).print(common) }
    try building.checkOutputs(selection)
    let session = BuildSession(selection, building, common, began: began)
    let status =
      try emission.emit != nil
      ? session.emit(emission) : building.dryRun ? session.dryRun() : session.run()
    guard status == 0 else { throw ExitCode(status) }
  }
}
