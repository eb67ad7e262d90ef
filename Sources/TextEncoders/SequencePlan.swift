/// The sequences to compute for a list of texts, each text's once.
struct SequencePlan {
  /// The sequences of all different texts, in the order of the texts.
  private(set) var sequences: [[Int]] = []

  /// By the text's bytes, as `String`s are equal that tokenizers tell apart.
  private var places: [[UInt8]: Place] = [:]

  /// A text's tokens, as sequences with the number of its own tokens in each.
  struct Windows {
    let tokens: Int
    let sequences: [(ids: [Int], content: Int)]
  }

  /// Where a text's sequences are.
  struct Place {
    let first: Int
    let contents: [Int]
    let tokens: Int
  }

  /// The place of `text`, whose windows are computed if it is new.
  mutating func place(of text: String, windows: (String) -> Windows) -> Place {
    let key = Array(text.utf8)
    if let known = places[key] { return known }
    let new = windows(text)
    let place = Place(
      first: sequences.count, contents: new.sequences.map(\.content), tokens: new.tokens)
    sequences += new.sequences.map(\.ids)
    places[key] = place
    return place
  }

  /// Consecutive sequences of up to `tokens` tokens in all, or a single longer one.
  func batches(of tokens: Int) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var (start, size) = (0, 0)
    for (index, sequence) in sequences.enumerated() {
      if size + sequence.count > tokens, index > start {
        batches.append(start..<index)
        (start, size) = (index, 0)
      }
      size += sequence.count
    }
    if start < sequences.count { batches.append(start..<sequences.count) }
    return batches
  }

  /// The mean of the vectors at `place`, weighted by the tokens in each, of length 1.
  func embedding(of place: Place, from vectors: [[Float]]) -> TextEmbedding {
    let windows = place.contents.count
    guard windows > 1 else {
      return TextEmbedding(vector: vectors[place.first], tokens: place.tokens, windows: 1)
    }
    var mean = UnitVector(dimension: vectors[place.first].count)
    for (window, content) in place.contents.enumerated() {
      mean.add(vectors[place.first + window][...], times: Double(content))
    }
    return TextEmbedding(vector: mean.normalized, tokens: place.tokens, windows: windows)
  }
}
