/// Which token of a sequence holds the sum of it in a tower that looks back only.
package enum EndRule: Sendable, Hashable {
  /// The one with the largest id, the first of several: the token that ends a text comes last in
  /// the vocabulary, unless tokens were added later.
  case largestID
  /// The first one with this id; the first token if there is none.
  case first(Int)

  /// The place of that token in `ids`.
  package func position(in ids: [Int]) -> Int {
    switch self {
    case .largestID:
      let largest = ids.max() ?? 0
      return ids.firstIndex(of: largest) ?? 0
    case .first(let id): return ids.firstIndex(of: id) ?? 0
    }
  }
}
