/// The different sequences to compute for a list of texts.
struct SequencePlan {
  /// In the order in which texts need them first.
  private(set) var sequences: [[Int]] = []
  private var known: [[Int]: Int] = [:]

  /// By the text's bytes, as `String`s are equal that tokenizers tell apart.
  private var places: [[UInt8]: Place] = [:]

  /// A text's tokens, as sequences with the number of its own tokens in each.
  struct Windows {
    let tokens: Int
    let sequences: [(ids: [Int], content: Int)]
  }

  /// Which sequences are a text's, and how many of its own tokens each has.
  struct Place {
    let sequences: [Int]
    let contents: [Int]
    let tokens: Int
  }

  /// The place of `text`, whose windows are computed if it is new.
  mutating func place(of text: String, windows: (String) -> Windows) -> Place {
    let key = Array(text.utf8)
    if let known = places[key] { return known }
    let new = windows(text)
    // Without tokens that frame a sequence, a text without content has none.
    let used = new.sequences.filter { !$0.ids.isEmpty }
    let place = Place(
      sequences: used.map { index(of: $0.ids) }, contents: used.map(\.content), tokens: new.tokens)
    places[key] = place
    return place
  }

  private mutating func index(of sequence: [Int]) -> Int {
    if let index = known[sequence] { return index }
    known[sequence] = sequences.count
    sequences.append(sequence)
    return sequences.count - 1
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

  /// The mean of the vectors at `place`, weighted by the tokens in each, of length 1; of
  /// `dimension` zeros where there are none.
  func embedding(of place: Place, from vectors: [[Float]], dimension: Int) -> TextEmbedding {
    guard let first = place.sequences.first else {
      return TextEmbedding(
        vector: [Float](repeating: 0, count: dimension), tokens: place.tokens, windows: 1)
    }
    guard place.sequences.count > 1 else {
      return TextEmbedding(vector: vectors[first], tokens: place.tokens, windows: 1)
    }
    var mean = UnitVector(dimension: dimension)
    for (sequence, content) in zip(place.sequences, place.contents) {
      mean.add(vectors[sequence][...], times: Double(content))
    }
    return TextEmbedding(
      vector: mean.normalized, tokens: place.tokens, windows: place.sequences.count)
  }
}
