internal import Formats

/// Reads a recipe and those that it extends.
struct RecipeLoader {
  private(set) var faults: [RecipeFault] = []
  /// The recipes and what was read for them, the first one first.
  private(set) var files: [String] = []

  private static let sizeLimit = 32 << 20
  private static let depthLimit = 16

  /// What the recipe at `path` says; faults are in ``faults``.
  mutating func load(_ path: String) -> RecipeContent {
    load(path, chain: [], from: nil)
  }

  /// - Parameters:
  ///   - path: of the recipe.
  ///   - chain: the recipes that lead here, by their names and what they are.
  ///   - place: where this one is named.
  private mutating func load(
    _ path: String, chain: [(name: String, identity: String)], from place: RecipePlace?
  ) -> RecipeContent {
    let identity = Folder.resolvingLinks(path)
    let names = (chain.map(\.name) + [path]).joined(separator: " → ")
    if let place {
      if chain.contains(where: { $0.identity == identity }) {
        faults.append(RecipeFault(place, "recipes extend each other in a circle: \(names)"))
        return .unreadable
      }
      if chain.count >= Self.depthLimit {
        faults.append(
          RecipeFault(
            place, "recipes extend each other more than \(Self.depthLimit) times: \(names)"))
        return .unreadable
      }
    }
    let document: RecipeDocument
    do {
      document = try RecipeDocument(TextFile(path: path, limit: Self.sizeLimit))
    } catch {
      // A file that cannot be opened is a fault of the recipe that names it.
      let isMissing = error.kind != .unacceptable
      if let place, isMissing {
        faults.append(
          RecipeFault(place, "\(path): \(error.problem)", hint: error.hint, kind: error.kind))
      } else {
        faults.append(error)
      }
      return .unreadable
    }
    files.append(path)
    guard let root = document.root else {
      faults.append(
        RecipeFault(
          RecipePlace(file: path, line: 1, column: 1), "the recipe is empty",
          hint: "'lorac init' writes one"))
      return .unreadable
    }
    var reader = FieldReader(path: path)
    reader.faults = document.faults
    let (content, extends) = reader.recipe(root)
    faults += reader.faults
    files += reader.files
    guard let extends else { return content }
    let base = load(extends.value, chain: chain + [(path, identity)], from: extends.place)
    return content.overriding(base)
  }
}
