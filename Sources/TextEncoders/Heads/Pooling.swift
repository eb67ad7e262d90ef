/// How the hidden state of a sequence becomes one vector.
///
/// Source: `Pooling` of sentence-transformers 6.2, and `CLIPTextTransformer` of transformers 5.23.
package enum Pooling: Sendable, Hashable {
  /// The row of the token that ends the text.
  case end(EndRule)
  /// One or several vectors, side by side, each over all tokens with those that frame a sequence.
  case tokens([Mode])

  package enum Mode: String, CaseIterable, Sendable {
    /// The first row.
    case cls
    /// The largest value in each column.
    case max
    /// The mean of all rows.
    case mean
    /// The sum of all rows, divided by the root of their number.
    case meanSquareRoot = "mean_sqrt_len_tokens"
    /// The mean of all rows, weighted by 1, 2, 3 …
    case weightedMean = "weightedmean"
    /// The last row.
    case lastToken = "lasttoken"
  }

  /// The length of the vector for rows of `width` elements.
  func dimension(width: Int) -> Int {
    switch self {
    case .end: width
    case .tokens(let modes): modes.count * width
    }
  }

  /// The beginning of `ids` that decides the vector, where tokens look back only.
  func needed(of ids: [Int]) -> [Int] {
    switch self {
    case .end(let rule): Array(ids.prefix(rule.position(in: ids) + 1))
    case .tokens: ids
    }
  }

  /// The vector of the sequence `ids`, whose hidden state is `hidden`, `[ids.count, width]`.
  package func vector(of hidden: [Float], ids: [Int]) -> [Float] {
    let width = hidden.count / ids.count
    switch self {
    case .end(let rule):
      let start = rule.position(in: ids) * width
      return Array(hidden[start..<start + width])
    case .tokens(let modes):
      return modes.flatMap { $0.vector(of: hidden, rows: ids.count, width: width) }
    }
  }
}

extension Pooling.Mode {
  fileprivate func vector(of hidden: [Float], rows: Int, width: Int) -> [Float] {
    func row(_ index: Int) -> ArraySlice<Float> { hidden[index * width..<(index + 1) * width] }
    func sum(_ scale: Double, _ weight: (Int) -> Double) -> [Float] {
      var sums = [Double](repeating: 0, count: width)
      for index in 0..<rows {
        let factor = weight(index)
        for (column, value) in zip(sums.indices, row(index)) {
          sums[column] += factor * Double(value)
        }
      }
      return sums.map { Float($0 * scale) }
    }
    switch self {
    case .cls: return Array(row(0))
    case .lastToken: return Array(row(rows - 1))
    case .max:
      return (0..<width).map { column in
        (1..<rows).reduce(hidden[column]) { Swift.max($0, hidden[$1 * width + column]) }
      }
    case .mean: return sum(1 / Double(rows)) { _ in 1 }
    case .meanSquareRoot: return sum(1 / Double(rows).squareRoot()) { _ in 1 }
    case .weightedMean: return sum(2 / Double(rows * (rows + 1))) { Double($0 + 1) }
    }
  }
}
