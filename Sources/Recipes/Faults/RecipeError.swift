package import Formats

/// All that is wrong with a recipe and those that it extends.
package struct RecipeError: Error, Sendable, Equatable {
  /// By file, line and column; at least one.
  package let faults: [RecipeFault]

  package init(_ faults: [RecipeFault]) {
    precondition(!faults.isEmpty)
    var seen: Set<RecipeFault> = []
    self.faults = faults.filter { seen.insert($0).inserted }.enumerated()
      .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }.map(\.element)
  }

  /// What decides the exit status: inputs are missing only where nothing else is wrong.
  package var kind: FormatError.Kind {
    faults.allSatisfy { $0.kind == .unreadable } ? .unreadable : .unacceptable
  }
}

extension RecipeError: CustomStringConvertible {
  /// A line for each fault.
  package var description: String { faults.map(\.description).joined(separator: "\n") }
}
