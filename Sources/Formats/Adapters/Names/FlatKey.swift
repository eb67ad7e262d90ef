/// A module's path without its numbers, so that the blocks of a model share a key.
///
/// Dots and underscores count alike, which makes dotted and flattened names meet.
struct FlatKey: Hashable {
  let words: String
  /// The numbers in their order; nil for a placeholder.
  let numbers: [Int?]

  /// A block or layer number; a name with a larger one is of no model.
  private static let digitLimit = 4

  init(_ path: String) {
    var words = ""
    var numbers: [Int?] = []
    words.reserveCapacity(path.utf8.count)
    let parts = path.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "_" }
    for part in parts {
      if !words.isEmpty { words += "_" }
      if part == "#" {
        words += "#"
        numbers.append(nil)
      } else if let number = Self.number(part) {
        words += "#"
        numbers.append(number)
      } else {
        words += part
      }
    }
    (self.words, self.numbers) = (words, numbers)
  }

  private static func number(_ part: Substring) -> Int? {
    let isNumber = part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return isNumber && (1...digitLimit).contains(part.utf8.count) ? Int(part) : nil
  }

  /// What stands at the placeholder of a key.
  struct Match {
    /// Nil where there is no placeholder.
    let number: Int?
  }

  /// What stands at the placeholder of this key in `other`; nil if the names differ elsewhere.
  func match(_ other: FlatKey) -> Match? {
    guard words == other.words, numbers.count == other.numbers.count else { return nil }
    var found: Int?
    for (own, number) in zip(numbers, other.numbers) {
      if own == nil { found = number } else if own != number { return nil }
    }
    return Match(number: found)
  }
}
