internal import Formats
internal import FoundationEssentials

extension TagFrequency {
  /// The longest text that is read, in bytes; those of large training sets have a tenth of it.
  private static let byteLimit = 16 << 20

  /// The folders of `json`, in the order of their names' UTF-8 bytes.
  static func folders(_ json: String) -> [Folder] {
    guard json.utf8.count <= byteLimit else { return [] }
    let folders =
      scanned(json) ?? LenientJSON.decode(Decoded.self, from: Data(json.utf8))?.folders ?? []
    return folders.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// The folders of text such as trainers write, in a tenth of the time that a decoder takes.
  ///
  /// - Returns: nil for all other text, which the decoder shall judge: with numbers that are no counts, lists, a
  ///   name that occurs twice or has controls, or what is no JSON to the letter.
  private static func scanned(_ json: String) -> [Folder]? {
    do {
      var scanner = try JSONScanner(of: Array(json.utf8), file: "")
      var folders: [Folder] = []
      var names: Set<String> = []
      try scanner.object { scanner, name throws(FormatError) in
        guard isPlain(name), names.insert(name).inserted else {
          throw scanner.fault("no plain name")
        }
        if try scanner.peek() == UInt8(ascii: "{") {
          folders.append(Folder(name: name, counts: try counts(from: &scanner)))
        } else {
          try skipPlain(&scanner)
        }
      }
      try scanner.finish()
      return folders
    } catch {
      return nil
    }
  }

  private static func counts(from scanner: inout JSONScanner) throws(FormatError) -> [Count] {
    var counts: [Count] = []
    var names: Set<String> = []
    try scanner.object { scanner, name throws(FormatError) in
      guard isPlain(name), names.insert(name).inserted else { throw scanner.fault("no plain name") }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(try scanner.peek()) else {
        return try skipPlain(&scanner)
      }
      if let count = Count(name, Double(try scanner.integer())) { counts.append(count) }
    }
    return counts
  }

  /// Decoders do not agree about controls in texts.
  private static func isPlain(_ name: String) -> Bool { !name.utf8.contains { $0 < 0x20 } }

  /// Passes a text, a truth value or `null`, about which all readers of JSON agree.
  private static func skipPlain(_ scanner: inout JSONScanner) throws(FormatError) {
    switch try scanner.peek() {
    case UInt8(ascii: "\""):
      guard isPlain(try scanner.string()) else { throw scanner.fault("no plain text") }
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): try scanner.skipValue()
    default: throw scanner.fault("no plain value")
    }
  }

  private struct Decoded: Decodable {
    var folders: [Folder] = []

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: LenientJSON.Name.self)
      for name in members.allKeys {
        guard
          let folder = try? members.nestedContainer(keyedBy: LenientJSON.Name.self, forKey: name)
        else { continue }
        let counts = folder.allKeys.compactMap { key in
          Count(key.stringValue, try? folder.decode(Double.self, forKey: key))
        }
        folders.append(Folder(name: name.stringValue, counts: counts))
      }
    }
  }
}
