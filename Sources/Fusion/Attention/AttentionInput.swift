/// Prompts and keys as vectors of one encoder, and how to attend.
package struct AttentionInput: Sendable {
  package let prompts: PromptSet
  /// The prompts' vectors, `[p, d]`.
  package let queries: UnitVectors
  /// For each prompt the vectors of its `WordSpans`; used by sparse attention, otherwise may be empty.
  package let spans: [UnitVectors]
  /// The adapters' vectors, `[n, d]`.
  package let keys: UnitVectors
  /// For each adapter its trigger words.
  package let triggers: [[String]]
  package let encoder: EncoderTraits
  package let options: AttentionOptions
  /// The deltas' inner products; used by the `norm` mix.
  package let deltas: DeltaGram?

  package init(
    prompts: PromptSet, queries: UnitVectors, spans: [UnitVectors], keys: UnitVectors,
    triggers: [[String]], encoder: EncoderTraits, options: AttentionOptions,
    deltas: DeltaGram? = nil
  ) {
    (self.prompts, self.queries, self.spans) = (prompts, queries, spans)
    (self.keys, self.triggers) = (keys, triggers)
    (self.encoder, self.options, self.deltas) = (encoder, options, deltas)
  }

  /// - Throws: `FusionError` when counts or dimensions do not fit together, or an option is wrong.
  func validate(adapterCount: Int) throws(FusionError) {
    try options.validate()
    let promptCount = prompts.prompts.count
    precondition(queries.count == promptCount, "one query per prompt")
    precondition(keys.count == adapterCount, "one key per adapter")
    precondition(triggers.count == adapterCount, "one list of trigger words per adapter")
    precondition(deltas.map { $0.count == adapterCount } ?? true, "one delta per adapter")
    if options.kind(for: encoder) == .sparse {
      precondition(spans.count == promptCount, "one set of spans per prompt")
    }
    for vectors in [queries] + spans where vectors.count > 0 && keys.count > 0 {
      guard vectors.dimension == keys.dimension else {
        throw FusionError(
          .data,
          "prompts have \(vectors.dimension) components and keys \(keys.dimension): "
            + "they must come from one encoder")
      }
    }
  }
}
