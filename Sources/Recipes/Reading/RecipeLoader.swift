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

  /// A recipe that leads to another.
  private struct Step {
    let name: String
    let identity: String
  }

  /// What the recipe at `path` says, which is named at `place` in the last of those that lead here,
  /// `chain`.
  private mutating func load(
    _ path: String, chain: [Step], from place: RecipePlace?
  ) -> RecipeContent {
    let step = Step(name: path, identity: Folder.resolvingLinks(path))
    do throws(RecipeFault) {
      if let place { try Self.check(step, after: chain, at: place) }
      guard let root = try document(path, from: place) else {
        throw RecipeFault(
          RecipePlace(file: path, line: 1, column: 1), "the recipe is empty",
          hint: "'lorac init' writes one")
      }
      var reader = FieldReader(path: path)
      let (content, extends) = reader.recipe(root)
      faults += reader.faults
      files += reader.files
      guard let extends else { return content }
      return content.overriding(
        load(extends.value, chain: chain + [step], from: extends.place))
    } catch {
      faults.append(error)
      return .unreadable
    }
  }

  private static func check(
    _ step: Step, after chain: [Step], at place: RecipePlace
  ) throws(RecipeFault) {
    let names = (chain + [step]).map(\.name).joined(separator: " → ")
    guard !chain.contains(where: { $0.identity == step.identity }) else {
      throw RecipeFault(place, "recipes extend each other in a circle: \(names)")
    }
    guard chain.count < depthLimit else {
      throw RecipeFault(place, "recipes extend each other more than \(depthLimit) times: \(names)")
    }
  }

  /// The content of the file at `path`; what is wrong in it, where the rest can be read, is reported.
  private mutating func document(
    _ path: String, from place: RecipePlace?
  ) throws(RecipeFault) -> RecipeNode? {
    do throws(RecipeFault) {
      let document = try RecipeDocument(TextFile(path: path, limit: Self.sizeLimit))
      files.append(path)
      faults += document.faults
      return document.root
    } catch {
      // A file that cannot be opened is a fault of the recipe that names it.
      guard let place, error.kind != .unacceptable else { throw error }
      throw RecipeFault(
        place, "\(path): \(error.problem)", hint: error.hint, kind: error.kind)
    }
  }
}
