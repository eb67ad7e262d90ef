internal import CBuiltinEncoder

/// The bytes that are embedded in the executable for the builtin encoder.
package enum BuiltinData {
  /// The lines of bert-base-uncased's `vocab.txt`.
  package static var vocabulary: [UInt8] {
    // SAFETY: the C side owns the bytes for the life of the process and states their number.
    unsafe Array(
      UnsafeBufferPointer(
        start: lorac_builtin_vocabulary(), count: lorac_builtin_vocabulary_size()))
  }

  /// Calls `body` with the weights, a safetensors file.
  package static func withWeights<Result, Failure>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: as above.
    let weights = unsafe UnsafeRawBufferPointer(
      start: lorac_builtin_weights(), count: lorac_builtin_weights_size())
    return try body(unsafe weights.bytes)
  }
}
