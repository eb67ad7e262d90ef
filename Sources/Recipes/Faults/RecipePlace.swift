/// Where something stands in a file of text.
package struct RecipePlace: Sendable, Hashable {
  /// The file, as the user named it, or as a recipe named it and with that recipe's folder before it.
  package let file: String
  /// From 1.
  package let line: Int
  /// From 1, in Unicode scalars.
  package let column: Int

  package init(file: String, line: Int, column: Int) {
    (self.file, self.line, self.column) = (file, line, column)
  }
}

extension RecipePlace: Comparable {
  package static func < (a: RecipePlace, b: RecipePlace) -> Bool {
    (a.file, a.line, a.column) < (b.file, b.line, b.column)
  }
}

extension RecipePlace: CustomStringConvertible {
  /// `FILE:LINE:COLUMN`, as compilers print it and editors read it.
  package var description: String { "\(file):\(line):\(column)" }
}
