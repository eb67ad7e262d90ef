import Foundation
import Fusion

/// The data of `Fixtures/shapes-routing.json`.
struct Routing: Decodable {
  struct Adapter: Decodable {
    let name: String
    let metadata: [String: String]
    let key: String
  }

  struct Prompt: Decodable {
    let kind: String
    let prompt: String
    let right: [String]
    let cosines: [Double]
    let spans: [[Double]]
    let weights: [Double]

    /// `½ cosine + ½ largest of a span`.
    var scores: [Double] {
      cosines.indices.map { index in
        0.5 * cosines[index] + 0.5 * (spans.map { $0[index] }.max() ?? 0)
      }
    }
  }

  let adapters: [Adapter]
  let gram: [[Double]]
  let prompts: [Prompt]

  static func load() throws -> Routing {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/shapes-routing.json")
    return try JSONDecoder().decode(Routing.self, from: Data(contentsOf: file))
  }

  /// Vectors with the cosines of `gram`: the rows of its Cholesky factor, and a zero for what
  /// prompts have beside the keys.
  var keys: UnitVectors {
    get throws { try UnitVectors(factor.map { row in (row + [0]).map { Float($0) } }) }
  }

  /// A unit vector that has the given cosines to `keys`.
  func vector(withCosines cosines: [Double]) -> [Float] {
    var solution: [Double] = []
    for (row, cosine) in zip(factor, cosines) {
      let known = zip(row, solution).reduce(0) { $0 + $1.0 * $1.1 }
      solution.append((cosine - known) / row[solution.count])
    }
    let rest = max(0, 1 - solution.reduce(0) { $0 + $1 * $1 })
    return (solution + [rest.squareRoot()]).map { Float($0) }
  }

  private var factor: [[Double]] {
    var rows: [[Double]] = []
    for index in gram.indices {
      var row = [Double](repeating: 0, count: gram.count)
      for column in 0...index {
        let other = column < index ? rows[column] : row
        let rest = gram[index][column] - zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
        row[column] = column < index ? rest / other[column] : rest.squareRoot()
      }
      rows.append(row)
    }
    return rows
  }
}
