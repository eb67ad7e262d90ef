package import Formats

/// One thing that is wrong with a recipe.
package struct RecipeFault: Error, Sendable, Hashable {
  package let place: RecipePlace
  package let problem: String
  /// How to go on, where there is a way.
  package let hint: String?
  /// Decides the exit status.
  package let kind: FormatError.Kind

  package init(
    _ place: RecipePlace, _ problem: String, hint: String? = nil,
    kind: FormatError.Kind = .unacceptable
  ) {
    (self.place, self.problem, self.hint, self.kind) = (place, problem, hint, kind)
  }
}

extension RecipeFault: CustomStringConvertible {
  /// One line: `FILE:LINE:COLUMN: what is wrong`.
  package var description: String { printable("\(place): \(problem)") }
}
