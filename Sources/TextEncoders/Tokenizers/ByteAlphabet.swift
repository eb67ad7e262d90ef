/// The printable characters that stand for the 256 bytes in vocabularies of byte-level tokenizers.
///
/// Source: `bytes_to_unicode` of GPT-2, Radford et al. (2019): bytes that are printable in Latin-1 stand
/// for themselves, the others for U+0100 and on, in order.
enum ByteAlphabet {
  /// The UTF-8 of the character of each byte.
  static let characters: [[UInt8]] = {
    var characters = [[UInt8]](repeating: [], count: 256)
    var substitute: UInt32 = 0x100
    for byte in UInt8.min...UInt8.max {
      if isPrintable(byte) {
        characters[Int(byte)] = Array(Unicode.Scalar(byte).utf8)
      } else if let scalar = Unicode.Scalar(substitute) {
        characters[Int(byte)] = Array(scalar.utf8)
        substitute += 1
      }
    }
    return characters
  }()

  /// All bytes in the order in which CLIP numbers them: those that stand for themselves first.
  static let clipOrder: [UInt8] = {
    let all = UInt8.min...UInt8.max
    return all.filter(isPrintable) + all.filter { !isPrintable($0) }
  }()

  private static func isPrintable(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
    default: false
    }
  }
}
