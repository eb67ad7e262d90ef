/// What a transformer starts from: the sum of a row for each token and a row for its position.
struct TokenEmbedding: Sendable {
  /// Which row of the table of positions a token has.
  enum PositionRule: Sendable, Hashable {
    /// Its place in the sequence, from 0 on.
    case place
    /// Its place among those that are not padding, from the row after the padding's on (RoBERTa).
    case after(padding: Int)

    func rows(of ids: [Int]) -> [Int] {
      switch self {
      case .place: return Array(ids.indices)
      case .after(let padding):
        var row = padding
        return ids.map { id in
          guard id != padding else { return padding }
          row += 1
          return row
        }
      }
    }

    /// The longest sequence that a table of `rows` rows has positions for.
    func capacity(of rows: Int) -> Int {
      switch self {
      case .place: rows
      case .after(let padding): max(0, rows - padding - 1)
      }
    }
  }

  let words, positions: StoredMatrix
  var rule = PositionRule.place
  /// Added to every token: the embedding of its type, which is the same for all.
  var tokenType: [Float]?
  var norm: LayerNorm?

  /// The rows of all tokens of `sequences` in a row, `[tokens, width]`.
  ///
  /// - Precondition: ids are below the vocabulary's size, sequences not longer than there are
  ///   positions.
  func rows(of sequences: [[Int]]) throws -> [Float] {
    let width = words.columns
    let wordRows = try words.gathering(Set(sequences.joined()))
    let places = sequences.map(rule.rows)
    let positionRows = try positions.gathering(Set(places.joined()))
    var x = [Float](repeating: 0, count: sequences.reduce(0) { $0 + $1.count } * width)
    var start = 0
    for (id, place) in zip(sequences.joined(), places.joined()) {
      for row in [wordRows[id], positionRows[place], tokenType] {
        if let row { x.add(row, at: start) }
      }
      start += width
    }
    norm?.apply(to: &x, rows: x.count / width)
    return x
  }
}

extension StoredMatrix {
  /// Some rows by their index, read in the order of the file, which decodes each part of it once.
  fileprivate func gathering(_ indices: Set<Int>) throws -> [Int: [Float]] {
    var (rows, tile): ([Int: [Float]], [Float]) = ([:], [])
    for index in indices.sorted() {
      rows[index] = try withRows(index..<index + 1, tile: &tile) { row in
        row.indices.map { row[$0] }
      }
    }
    return rows
  }
}

extension [Float] {
  /// Adds `row` to the elements from `start` on.
  fileprivate mutating func add(_ row: [Float], at start: Int) {
    let source = row.span
    withRow(start..<start + row.count) { target in
      for i in target.indices { target[i] += source[i] }
    }
  }
}
