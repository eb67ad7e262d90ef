import Formats
import TextEncoders

/// An encoder in the JSON documents of several commands.
struct EncoderDocument {
  private let encoder: EncoderIdentity

  init(_ encoder: EncoderIdentity) { self.encoder = encoder }

  var document: JSONValue {
    .object([
      "spec": .string(encoder.spec), "id": .string(encoder.id),
      "dimension": .integer(encoder.dimension),
    ])
  }
}
