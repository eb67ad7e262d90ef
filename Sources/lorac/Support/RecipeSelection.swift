import Building
import Formats
import Fusion
import Recipes

/// A recipe, and which of its targets are meant.
struct RecipeSelection {
  let recipe: Recipe
  let targets: [RecipeTarget]
  let shard: Shard?
  private let keepsState: Bool

  /// - Parameters:
  ///   - arguments: of the command: a recipe, or not, and names of targets.
  ///   - shard: the part of these targets that is meant.
  ///   - keepsState: whether builds know of each other.
  /// - Throws: `RecipeError`, and `FusionError` for names that there are not.
  init(_ arguments: [String], shard: Shard?, keepsState: Bool = true) throws {
    var names = arguments[...]
    let path: String
    if let first = names.first, Self.isRecipe(first) {
      path = names.removeFirst()
    } else {
      path = try Self.found()
    }
    recipe = try Recipe(path: path)
    (self.shard, self.keepsState) = (shard, keepsState)
    let chosen = try names.isEmpty ? recipe.targets : Self.targets(named: names, in: recipe)
    targets = shard.map { shard in chosen.filter { shard.includes($0.name) } } ?? chosen
  }

  private static func isRecipe(_ argument: String) -> Bool {
    [".yaml", ".yml", ".json"].contains(where: argument.hasSuffix) || Folder.isFile(argument)
  }

  /// The recipe of the working folder.
  static func found() throws(FusionError) -> String {
    guard let name = Recipe.fileNames.first(where: Folder.isFile) else {
      throw FusionError(
        .usage, "this folder has no recipe: no \(Recipe.fileNames.joined(separator: ", "))",
        hint: "name a recipe, or write one with 'lorac init'")
    }
    return name
  }

  /// The targets called `names`, in the order of the recipe.
  private static func targets(
    named names: ArraySlice<String>, in recipe: Recipe
  ) throws(FusionError) -> [RecipeTarget] {
    let known = Set(recipe.targets.map(\.name))
    if let name = names.first(where: { !known.contains($0) }) {
      let others = recipe.targets.prefix(12).map { printable($0.name) }.joined(separator: ", ")
      let rest = recipe.targets.count > 12 ? ", … ('lorac build --list' prints all)" : ""
      throw FusionError(
        .usage, "\(recipe.path) has no target '\(printable(name))'",
        hint: "the targets are: \(others)\(rest)")
    }
    let wanted = Set(names)
    return recipe.targets.filter { wanted.contains($0.name) }
  }

  /// Whether all targets of the recipe are meant.
  var isWhole: Bool { targets.count == recipe.targets.count }

  var folder: BuildFolder {
    BuildFolder(ofRecipe: recipe.path, shard: shard, keepsState: keepsState)
  }

  var buildTargets: [BuildTarget] {
    targets.map { BuildTarget(name: $0.name, request: $0.request) }
  }
}
