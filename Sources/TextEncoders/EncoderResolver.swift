/// Finds the encoder that a specification names.
package enum EncoderResolver {
  /// The encoder called `spec`; only `builtin` is known.
  package static func encoder(_ spec: String) throws(TextEncoderError) -> any TextEncoder {
    guard spec == BuiltinEncoder.spec else { throw TextEncoderError(.unknownEncoder(spec: spec)) }
    return try BuiltinEncoder()
  }
}
