/// How far two names are from each other.
package enum EditDistance {
  /// How many letters must change, come or go to make `b` of `a`: Levenshtein's distance.
  package static func between(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (index, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in b.enumerated() {
        let change = diagonal + (letter == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }

  /// The one of `names` that `name` was probably meant as; nil where none is near.
  ///
  /// Case, dashes and underscores count for nothing. A name is near when a third of its letters, or
  /// two, must change, or when one is the start of the other.
  package static func nearest(to name: String, among names: [String]) -> String? {
    func letters(_ name: String) -> [UInt8] {
      Array(name.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") })
    }
    let given = letters(String(name.prefix(lengthLimit)))
    guard !given.isEmpty else { return nil }
    let ranked = names.enumerated().map { index, known in
      let letters = letters(String(known.prefix(lengthLimit)))
      let isStart =
        min(given.count, letters.count) >= 3
        && (given.starts(with: letters) || letters.starts(with: given))
      let distance = between(given, letters)
      let limit = max(2, max(given.count, letters.count) / 3)
      let isNear = distance < max(given.count, letters.count) && distance <= limit
      return (known: known, distance: distance, index: index, isNear: isNear || isStart)
    }
    return ranked.filter(\.isNear).min { ($0.distance, $0.index) < ($1.distance, $1.index) }?.known
  }

  /// Names are compared by so many characters at most.
  private static let lengthLimit = 200
}
