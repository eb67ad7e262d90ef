/// A recipe, read and checked: targets that are ready to be built.
package struct Recipe: Sendable {
  /// As given.
  package let path: String
  /// Every file that decides what the recipe means, each once, itself first.
  ///
  /// The others are recipes that it extends, files of prompts, and of adapters' block weights.
  package let files: [String]
  /// In the order of the recipe, those of a matrix in the order of its axes, the last one fastest.
  package let targets: [RecipeTarget]
  /// What is probably not meant, by place.
  package let warnings: [RecipeFault]

  /// Reads the recipe at `path`, YAML, or JSON if its name ends in `.json`.
  ///
  /// Adapters and models are not opened; whether they exist, ``RecipeTarget/missingInputs`` tells.
  ///
  /// - Throws: `RecipeError` with everything that is wrong.
  package init(path: String) throws(RecipeError) {
    var loader = RecipeLoader()
    let content = loader.load(path)
    var planner = TargetPlanner(
      content, files: loader.files, path: path, isSound: loader.faults.isEmpty)
    let targets = planner.targets()
    let faults = loader.faults + planner.faults
    guard faults.isEmpty else { throw RecipeError(faults) }
    self.path = path
    var seen: Set<String> = []
    files = loader.files.filter { seen.insert($0).inserted }
    self.targets = targets
    warnings = planner.warnings.sorted { $0.place < $1.place }
  }

  /// The names that are looked for in a folder, in this order.
  package static let fileNames = ["lorac.yaml", "lorac.yml", "lorac.json"]
}
