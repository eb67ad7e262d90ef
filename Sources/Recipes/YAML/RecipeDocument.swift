/// A file in one of the two languages that recipes and lists of prompts are written in.
struct RecipeDocument {
  /// Nil for an empty file.
  let root: RecipeNode?
  /// What is wrong, where the rest can be read nevertheless.
  let faults: [RecipeFault]

  /// - Throws: `RecipeFault` where the text cannot be read.
  init(_ file: TextFile) throws(RecipeFault) {
    if file.path.hasSuffix(".json") {
      let document = try JSONDocument(file)
      (root, faults) = (document.root, document.faults)
    } else {
      let document = try YAMLDocument(file)
      (root, faults) = (document.root, document.faults)
    }
  }
}
