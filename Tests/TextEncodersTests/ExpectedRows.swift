/// The texts of a tiny model and their ids, with those that frame a sequence.
struct ExpectedRows: Decodable {
  struct Row: Decodable {
    let text: String
    let ids: [Int]
  }
  let rows: [Row]
  /// Ids that are given to the tower as they are.
  let id_rows: [[Int]]?
}

/// The largest absolute difference of two lists of equal length.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
