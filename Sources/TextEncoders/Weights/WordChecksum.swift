internal import Formats

/// A checksum of a tensor's bytes that costs about as much as reading them.
///
/// Eight sums take turns over the words; each step is a bijection of the sum for a given word, and
/// of the word for a given sum, so that two contents that differ in a single word never agree.
/// Nothing more is promised: it tells weights apart, it does not withstand an attacker.
struct WordChecksum {
  private var sums: InlineArray<8, UInt64> = [1, 2, 3, 4, 5, 6, 7, 8]

  /// 2⁶⁴ divided by the golden ratio, made odd.
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// Adds bytes; the last ones are filled up with zeros to 64.
  mutating func add(_ bytes: RawSpan) {
    let whole = bytes.byteCount & ~63
    // SAFETY: every load lies within the bytes, and any bytes are a UInt64.
    unsafe bytes.withUnsafeBytes { bytes in
      var sums = self.sums
      for start in stride(from: 0, to: whole, by: 64) {
        for lane in 0..<8 {
          let word = unsafe bytes.loadUnaligned(
            fromByteOffset: start &+ lane &* 8, as: UInt64.self)
          sums[lane] = Self.mixed(sums[lane], word)
        }
      }
      self.sums = sums
    }
    guard whole < bytes.byteCount else { return }
    var rest = bytes.extracting(whole..<bytes.byteCount).copied()
    rest += [UInt8](repeating: 0, count: 64 - rest.count)
    rest.withRawBytes { add($0) }
  }

  @inline(__always)
  private static func mixed(_ sum: UInt64, _ word: UInt64) -> UInt64 {
    let product = (sum ^ word) &* factor
    return product ^ product >> 32
  }

  /// The checksum in hexadecimal.
  var digits: String {
    sums.indices.map { String(sums[$0], radix: 16) }.joined(separator: ".")
  }
}
