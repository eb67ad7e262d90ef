internal import Formats
package import Fusion

/// One thing to build.
package struct RecipeTarget: Sendable {
  /// A path that the target reads, and where the recipe names it.
  package struct Input: Sendable, Hashable {
    package let path: String
    package let place: RecipePlace
  }

  /// Unlike that of any other target.
  package let name: String
  /// Where the recipe names it.
  package let place: RecipePlace
  /// All that decides its bytes, as `merge` runs it.
  ///
  /// Paths are from the working folder.
  package let request: MergeRequest
  /// What it reads, where that is on this machine: adapters, base, encoder, weights by module.
  package let inputs: [Input]

  /// A fault for each input that is not there.
  package var missingInputs: [RecipeFault] {
    inputs.filter { !Folder.exists($0.path) }.map {
      RecipeFault($0.place, "\($0.path): No such file or directory", kind: .unreadable)
    }
  }
}
