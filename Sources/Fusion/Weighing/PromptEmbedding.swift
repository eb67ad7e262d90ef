internal import TextEncoders

/// Turns the texts of a request into what attention works on.
struct PromptEmbedding {
  private let encoder: any TextEncoder
  /// The encoder for texts that the next run will have again.
  private let keyEncoder: any TextEncoder
  private let request: WeighingRequest
  private let threads: Int
  private let isSparse: Bool
  private let isCentred: Bool

  init(
    _ encoder: any TextEncoder, _ cache: EmbeddingCache?, _ request: WeighingRequest, threads: Int
  ) {
    (self.encoder, self.request, self.threads) = (encoder, request, threads)
    keyEncoder = cache.map { CachedEncoder(encoder, $0) } ?? encoder
    isSparse = request.attention.kind(for: EncoderTraits(encoder.identity)) == .sparse
    isCentred = isSparse && encoder.identity.kind == .clipTower
  }

  /// What is to be said of how the vectors are used, in sentences.
  var notes: [String] {
    isCentred
      ? [
        "sparse attention with a CLIP text encoder is experimental; cosines are of vectors without "
          + "the mean of the keys and of \(NeutralCaptions.texts.count) neutral captions"
      ] : []
  }

  /// All texts whose vectors ``input(_:_:)`` needs and that no cache keeps.
  func texts(of texts: PromptTexts) -> [String] {
    let queries = texts.prompts.prompts.map(\.embedded)
    let spans = isSparse ? queries.flatMap(WordSpans.spans(of:)) : []
    guard request.cache == nil else { return queries + spans }
    return queries + spans + texts.keys.flatMap(\.texts)
      + (isCentred ? NeutralCaptions.texts : [])
  }

  /// The vectors of prompts, keys and, for sparse attention, spans.
  func input(_ texts: PromptTexts, _ library: AdapterLibrary) throws -> AttentionInput {
    let own = EncoderTraits(encoder.identity)
    var options = request.attention
    options.kind = options.kind(for: own)
    // The paper's formula as it stands knows no trigger words.
    if !isSparse, options.temperature == .fixed(1) { options.triggerBonus = 0 }
    let queries = texts.prompts.prompts.map(\.embedded)
    let spans = isSparse ? queries.map(WordSpans.spans(of:)) : []
    let captions = isCentred ? NeutralCaptions.texts : []
    let (transient, kept) = try vectors(
      queries + spans.flatMap(\.self), texts.keys.flatMap(\.texts) + captions)
    let centring = isCentred ? Centring(on: kept) : nil
    func rows(_ vectors: [[Float]]) -> [[Float]] {
      centring.map { centring in vectors.map(centring.centred) } ?? vectors
    }
    var (left, keysLeft) = (rows(transient)[...], rows(kept)[...])
    func next(_ count: Int, of vectors: inout ArraySlice<[Float]>) -> [[Float]] {
      defer { vectors = vectors.dropFirst(count) }
      return Array(vectors.prefix(count))
    }
    let queryVectors = try UnitVectors(next(queries.count, of: &left))
    let spanVectors = try spans.map { try UnitVectors(next($0.count, of: &left)) }
    let keyVectors = try UnitVectors(
      meansOf: texts.keys.map { next($0.texts.count, of: &keysLeft) })
    let traits = isCentred ? .centredTower : own
    return AttentionInput(
      prompts: texts.prompts, queries: queryVectors, spans: spanVectors, keys: keyVectors,
      triggers: texts.keys.map(\.triggers), encoder: traits, options: options,
      deltas: options.mix(for: traits) == .norm
        ? try DeltaGram(of: library, threads: threads) : nil)
  }

  /// The vectors of texts of this run alone, and of those that later runs have too; from one call
  /// where nothing is kept, as a batch takes less time than two.
  private func vectors(
    _ transient: [String], _ lasting: [String]
  ) throws -> (transient: [[Float]], lasting: [[Float]]) {
    func embed(_ texts: [String], by encoder: any TextEncoder) throws -> [[Float]] {
      try encoder.embed(texts, longText: request.longText, threads: threads).map(\.vector)
    }
    guard request.cache == nil else {
      return (try embed(transient, by: encoder), try embed(lasting, by: keyEncoder))
    }
    let all = try embed(transient + lasting, by: encoder)
    return (Array(all.prefix(transient.count)), Array(all.dropFirst(transient.count)))
  }
}
