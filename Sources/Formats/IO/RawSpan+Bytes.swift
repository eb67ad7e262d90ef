internal import Glibc

extension RawSpan {
  /// The little-endian `UInt64` at byte `offset`, or nil where the span is too short.
  package func littleEndian64(at offset: Int) -> UInt64? {
    guard offset >= 0, byteCount >= 8, offset <= byteCount - 8 else { return nil }
    // SAFETY: eight bytes follow `offset`, and every bit pattern is a UInt64.
    return UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The little-endian `UInt32` at byte `offset`, or nil where the span is too short.
  package func littleEndian32(at offset: Int) -> UInt32? {
    guard offset >= 0, byteCount >= 4, offset <= byteCount - 4 else { return nil }
    // SAFETY: four bytes follow `offset`, and every bit pattern is a UInt32.
    return UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Stores the bytes at the start of `output`, which has room for them.
  package func copy(to output: inout MutableRawSpan) {
    precondition(byteCount <= output.byteCount)
    // SAFETY: both are as long as the call says, and do not overlap: one is only read.
    unsafe withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { unsafe $0.copyMemory(from: source) }
    }
  }

  /// Whether `other` has the same bytes.
  package func hasSameBytes(as other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    // SAFETY: both pointers are used within the call only, for as many bytes as both have.
    return unsafe withUnsafeBytes { own in
      unsafe other.withUnsafeBytes { other in
        guard let own = own.baseAddress, let start = other.baseAddress else { return true }
        return unsafe memcmp(own, start, other.count) == 0
      }
    }
  }

  /// Whether every number of `size` bytes is a zero of either sign.
  package func isZero(inElementsOf size: Int) -> Bool {
    (0..<byteCount).allSatisfy { index in
      // SAFETY: the index is below the number of bytes, and any byte is a UInt8.
      let byte = unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
      return byte == 0 || (byte == 0x80 && index % size == size - 1)
    }
  }

  /// Whether all bytes in `range`, which lies within the span, are 0.
  func isZero(_ range: Range<Int>) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    // SAFETY: the range was found to lie within the span, and any byte may be read raw.
    return range.allSatisfy { unsafe unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 0 }
  }

  /// A copy of the bytes.
  package func copied() -> [UInt8] {
    // SAFETY: the pointer is used within the call only.
    unsafe withUnsafeBytes { unsafe [UInt8]($0) }
  }
}

extension [UInt8] {
  /// Calls `body` with the elements as raw bytes.
  package func withRawBytes<Result, Failure>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: any byte may be read raw, and the span does not outlive the call.
    try body(unsafe span.bytes)
  }

  /// The little-endian `UInt32` at byte `offset`, or nil where there are too few.
  package func littleEndian32(at offset: Int) -> UInt32? {
    withRawBytes { $0.littleEndian32(at: offset) }
  }
}
