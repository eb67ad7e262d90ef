internal import Workers

/// Sentence vectors by a BERT tower: the mean of the last hidden state over all tokens of a
/// sequence, with those that frame it, scaled to length 1.
///
/// Source: Reimers and Gurevych, *Sentence-BERT* (2019), arXiv:1908.10084.
package struct SentenceEncoder: Sendable {
  private let tokenizer: any Tokenizer
  private let tower: BertTower
  private let sequenceLimit: Int

  /// Sequences are computed together up to this number of tokens.
  ///
  /// What is computed together does not depend on the number of threads, so neither do the results.
  private static let batchTokens = 256

  /// - Parameters:
  ///   - tokenizer: Gives ids below the size of the tower's vocabulary.
  ///   - tower: The encoder of sequences.
  ///   - sequenceLimit: The most tokens in a sequence, with those that frame it.
  /// - Precondition: The tower has that many positions.
  package init(tokenizer: some Tokenizer, tower: BertTower, sequenceLimit: Int) {
    precondition(sequenceLimit <= tower.shape.positions)
    (self.tokenizer, self.tower, self.sequenceLimit) = (tokenizer, tower, sequenceLimit)
  }

  /// A vector for each of `texts`, in order; see ``TextEncoder``.
  package func embed(
    _ texts: [String], longText: LongText, threads: Int
  ) throws -> [TextEmbedding] {
    var plan = SequencePlan()
    let places = texts.map { text in plan.place(of: text) { windowed($0, longText) } }
    let (sequences, batches) = (plan.sequences, plan.batches(of: Self.batchTokens))
    let vectors = try parallelMap(count: batches.count, threads: threads) { index in
      sequenceVectors(sequences[batches[index]])
    }.flatMap(\.self)
    return places.map { plan.embedding(of: $0, from: vectors) }
  }

  private func windowed(_ text: String, _ longText: LongText) -> SequencePlan.Windows {
    let (opening, closing) = tokenizer.frame
    let limit = sequenceLimit - opening.count - closing.count
    let tokens = tokenizer.encode(text)
    let windows = TokenWindows(limit: limit, phraseEnds: tokenizer.phraseEnds)
    let kept = longText == .chunk ? tokens : Array(tokens.prefix(limit))
    return SequencePlan.Windows(
      tokens: tokens.count,
      sequences: windows.windows(of: kept).map { (opening + kept[$0] + closing, $0.count) })
  }

  /// The unit vector of each of `sequences`.
  private func sequenceVectors(_ sequences: ArraySlice<[Int]>) -> [[Float]] {
    let hidden = tower.hiddenState(of: Array(sequences))
    var start = 0
    return sequences.map { sequence in
      var vector = UnitVector(dimension: tower.shape.width)
      for _ in sequence {
        vector.add(hidden[start..<start + tower.shape.width])
        start += tower.shape.width
      }
      return vector.normalized
    }
  }
}
