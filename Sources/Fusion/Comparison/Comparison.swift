internal import Formats
package import LinearAlgebra

/// What two adapters, or two models, have in common and where they differ.
package struct Comparison: Sendable {
  /// What the numbers of a row are taken of.
  package enum Measure: String, Sendable, Hashable {
    /// The changes of the weight.
    case delta
    /// The stored numbers, of algorithms whose change is only known with the base model.
    case parameters
    /// The weights of a model.
    case weights
  }

  /// One module that both have, or one tensor of two models.
  package struct Row: Sendable {
    package let name: String
    package let measure: Measure
    package let distances: FrobeniusComparison
  }

  /// A module that both have, for weights of different shapes.
  package struct Misfit: Sendable, Hashable {
    package let name: String
    package let (first, second): ([Int], [Int])
  }

  /// The largest relative distance first, then by name.
  package let rows: [Row]
  package let onlyInFirst: [String]
  package let onlyInSecond: [String]
  package let misfits: [Misfit]
  /// Modules that only one of the two has, and that change nothing.
  package let withoutEffect: [String]
  /// All rows as one vector.
  package let total: FrobeniusComparison

  init(
    rows: [Row], onlyInFirst: [String], onlyInSecond: [String], misfits: [Misfit] = [],
    withoutEffect: [String] = []
  ) {
    self.rows = rows.sorted {
      let (a, b) = ($0.distances.relativeDistance, $1.distances.relativeDistance)
      return a == b ? TensorName($0.name) < TensorName($1.name) : a > b
    }
    (self.onlyInFirst, self.onlyInSecond) = (onlyInFirst, onlyInSecond)
    (self.misfits, self.withoutEffect) = (misfits, withoutEffect)
    total = FrobeniusComparison(joining: rows.map(\.distances))
  }

  /// The largest relative distance of a row; 0 if there is none.
  package var largestDistance: Double { rows.first?.distances.relativeDistance ?? 0 }

  /// Whether both have the same modules, and no pair is farther apart than `tolerance`.
  package func isEqual(within tolerance: Double) -> Bool {
    onlyInFirst.isEmpty && onlyInSecond.isEmpty && misfits.isEmpty && largestDistance <= tolerance
  }

  /// Compares the adapters or models at two paths.
  ///
  /// - Parameters:
  ///   - first: the one that distances are relative to.
  ///   - second: the other.
  ///   - threads: how many modules to compare at a time.
  ///   - progress: is told how many modules are done, and of how many.
  /// - Throws: `FormatError` for a file that cannot be read, and for an adapter beside a model.
  package init(
    _ first: String, _ second: String, threads: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) throws {
    switch (try ComparedFile(path: first), try ComparedFile(path: second)) {
    case (.adapter(let first), .adapter(let second)):
      self = try AdapterComparison(first, second).comparison(threads: threads, progress: progress)
    case (.model(let first), .model(let second)):
      self = try ModelComparison(first, second).comparison(threads: threads, progress: progress)
    case (.adapter, .model(let file)): throw Self.mixture(file.path, beside: first)
    case (.model(let file), .adapter): throw Self.mixture(file.path, beside: second)
    }
  }

  private static func mixture(_ model: String, beside adapter: String) -> FormatError {
    FormatError(
      .unacceptable, file: model, "is no adapter, but \(printable(adapter)) is one",
      remedy: "compare two adapters, or two models")
  }
}

/// One side of a comparison.
private enum ComparedFile {
  case adapter(AdapterFile)
  case model(ModelFiles)

  init(path: String) throws(FormatError) {
    if let model = try ModelFiles.unlessAdapter(at: path) {
      self = .model(model)
    } else {
      self = .adapter(try AdapterFile(path: path))
    }
  }
}
