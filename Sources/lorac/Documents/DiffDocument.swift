import Formats
import Fusion
import LinearAlgebra

/// The JSON document `lorac.diff/1`.
struct DiffDocument {
  private let comparison: Comparison
  private let (a, b): (String, String)
  private let tolerance: Double

  init(_ comparison: Comparison, a: String, b: String, tolerance: Double) {
    (self.comparison, self.a, self.b) = (comparison, a, b)
    self.tolerance = tolerance
  }

  var document: JSONValue {
    .object([
      "schema": .string("lorac.diff/1"),
      "a": .string(a),
      "b": .string(b),
      "equal": .bool(comparison.isEqual(within: tolerance)),
      "tolerance": .number(tolerance),
      "modules": .array(
        comparison.rows.map { row in
          .object(
            pairs: [("name", .string(row.name)), ("measure", .string(row.measure.rawValue))]
              + numbers(row.distances))
        }),
      "onlyInA": .array(comparison.onlyInFirst.map { .string($0) }),
      "onlyInB": .array(comparison.onlyInSecond.map { .string($0) }),
      "differentShapes": .array(
        comparison.misfits.map { misfit in
          .object([
            "name": .string(misfit.name),
            "shapeA": .array(misfit.first.map { .integer($0) }),
            "shapeB": .array(misfit.second.map { .integer($0) }),
          ])
        }),
      "withoutEffect": .array(comparison.withoutEffect.map { .string($0) }),
      "total": .object(pairs: numbers(comparison.total)),
    ])
  }

  private func numbers(_ distances: FrobeniusComparison) -> [(String, JSONValue)] {
    [("relativeDistance", .number(distances.relativeDistance))]
      + (distances.cosine.map { [("cosine", .number($0))] } ?? [])
      + [
        ("distance", .number(distances.distance)), ("normA", .number(distances.firstNorm)),
        ("normB", .number(distances.secondNorm)),
      ]
  }
}
