import Formats
import Fusion
import TextEncoders

/// Texts and their vectors.
struct EmbeddedTexts {
  struct Row {
    /// The text as given, and as the encoder read it.
    let text, embedded: String
    let embedding: TextEmbedding
  }

  let encoder: EncoderIdentity
  let rows: [Row]
  /// What was assumed of the encoder and done to the texts, in sentences.
  let notes: [String]

  init(
    _ texts: [String], by encoder: any TextEncoder, _ syntax: PromptSyntax, _ longText: LongText,
    threads: Int
  ) throws {
    let cleaned = texts.map { syntax.clean($0) }
    let embeddings = try encoder.embed(
      cleaned.map(\.text), longText: longText, threads: threads)
    self.encoder = encoder.identity
    rows = zip(zip(texts, cleaned), embeddings).map {
      Row(text: $0.0, embedded: $0.1.text, embedding: $1)
    }
    notes =
      encoder.notes
      + zip(texts, cleaned).flatMap { text, cleaned in
        cleaned.notes.map { "text '\(printable(text))': \($0)" }
      }
  }

  /// Writes the vectors as the tensor `embeddings`, F32 `[texts, dimension]`.
  ///
  /// - Throws: `FormatError` of the output.
  func write(to destination: SafetensorsDestination, threads: Int) throws {
    let tensor = SafetensorsLayout.Tensor(
      name: "embeddings", dtype: .f32, shape: [rows.count, encoder.dimension])
    let list = JSONValue.array(rows.map { .string($0.embedded) })
    let layout = try SafetensorsLayout(
      tensors: [tensor],
      metadata: [
        "lorac.version": LoracVersion.current, "lorac.encoder": encoder.id,
        "lorac.texts": list.compact,
      ], file: destination.name)
    let writer = SafetensorsWriter(
      layout: layout, units: [0..<layout.dataByteCount], destination: destination,
      threads: threads)
    _ = try writer.write { _, buffer in
      for (index, row) in rows.enumerated() {
        for (column, value) in row.embedding.vector.enumerated() {
          buffer.store(value, at: 4 * (index * encoder.dimension + column))
        }
      }
    }
  }
}
