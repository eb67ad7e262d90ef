import Formats
import TextEncoders

/// The JSON document `lorac.embed/1`.
struct EmbedDocument {
  private let embedded: EmbeddedTexts

  init(_ embedded: EmbeddedTexts) { self.embedded = embedded }

  var document: JSONValue {
    .object([
      "schema": .string("lorac.embed/1"),
      "encoder": EncoderDocument(embedded.encoder).document,
      "notes": .array(embedded.notes.map { .string($0) }),
      "embeddings": .array(embedded.rows.map(row)),
    ])
  }

  private func row(_ row: EmbeddedTexts.Row) -> JSONValue {
    .object([
      "text": .string(row.text), "embedded": .string(row.embedded),
      "tokens": .integer(row.embedding.tokens), "windows": .integer(row.embedding.windows),
      "embedding": .array(row.embedding.vector.map { .number(Double($0)) }),
    ])
  }
}
