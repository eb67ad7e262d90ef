/// Vectors of texts by a transformer: a tokenizer, a tower over the tokens, a head over its hidden
/// state.
package struct SequenceEncoder: Sendable {
  package let tokenizer: any Tokenizer
  package let tower: TransformerTower
  package let head: EmbeddingHead
  private let sequenceLimit: Int
  private let treatment: TextTreatment

  /// Sequences are computed together up to this number of tokens, which bounds the memory.
  private static let chunkTokens = 4096

  /// - Parameters:
  ///   - tokenizer: Gives ids below the size of the tower's vocabulary.
  ///   - tower: The encoder of sequences.
  ///   - head: Makes vectors of hidden states.
  ///   - sequenceLimit: The most tokens in a sequence, with those that frame it.
  ///   - treatment: What is done to a text before it is divided into tokens.
  /// - Precondition: The tower has that many positions.
  package init(
    tokenizer: any Tokenizer, tower: TransformerTower, head: EmbeddingHead, sequenceLimit: Int,
    treatment: TextTreatment = TextTreatment()
  ) {
    precondition(sequenceLimit <= tower.longestSequence)
    (self.tokenizer, self.tower, self.head) = (tokenizer, tower, head)
    (self.sequenceLimit, self.treatment) = (sequenceLimit, treatment)
  }

  package var dimension: Int { head.dimension(width: tower.shape.width) }

  /// A vector for each of `texts`, in order; see ``TextEncoder``.
  ///
  /// - Throws: `FormatError` when weights can no longer be read, `TextEncoderError` when they give
  ///   vectors that are not finite.
  package func embed(
    _ texts: [String], longText: LongText, threads: Int
  ) throws -> [TextEmbedding] {
    var plan = SequencePlan()
    let places = texts.map { text in
      plan.place(of: text) { windowed(treatment.applied(to: $0), longText) }
    }
    var vectors: [[Float]] = []
    for chunk in plan.batches(of: Self.chunkTokens) {
      let sequences = Array(plan.sequences[chunk])
      let hidden = try tower.hiddenStates(of: sequences, threads: threads)
      for vector in try head.vectors(of: hidden, sequences) {
        guard vector.allSatisfy(\.isFinite) else {
          throw TextEncoderError(
            .unusableWeights(problem: "they give infinities, or what is no number"))
        }
        guard vector.contains(where: { $0 != 0 }) else {
          throw TextEncoderError(.unusableWeights(problem: "they give vectors of zeros"))
        }
        vectors.append(UnitVector.scaling(vector))
      }
    }
    return places.map { plan.embedding(of: $0, from: vectors, dimension: dimension) }
  }

  private func windowed(_ text: String, _ longText: LongText) -> SequencePlan.Windows {
    let (opening, closing) = tokenizer.frame
    let limit = sequenceLimit - opening.count - closing.count
    let tokens = tokenizer.encode(text)
    let windows = TokenWindows(limit: limit, phraseEnds: tokenizer.phraseEnds)
    let kept = longText == .chunk ? tokens : Array(tokens.prefix(limit))
    return SequencePlan.Windows(
      tokens: tokens.count,
      sequences: windows.windows(of: kept).map { window in
        (head.pooling.needed(of: opening + kept[window] + closing), window.count)
      })
  }
}
