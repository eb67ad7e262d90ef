/// Changes bytes, and JSON by its tokens.
struct Mutator {
  var random: Randomness
  /// Words that names and values are replaced with: those of the corpus, and hostile ones.
  let words: [[UInt8]]

  private static let numbers = [
    "0", "1", "-1", "2", "3", "4", "7", "8", "255", "4096", "65536", "2147483647", "2147483648",
    "4294967296", "4611686018427387904", "9223372036854775807", "9223372036854775808",
    "18446744073709551615", "1e308", "1e999", "0.5", "1.0", "-0", "00", "99999999999999999999",
    "null", "true", "[]", "{}", "\"\"", "[0,0]", "\"NaN\"",
  ].map { Array($0.utf8) }

  private static let bytes: [UInt8] = Array("{}[],:\" \n\\0aZ".utf8) + [0, 0x1B, 0x7F, 0xC2, 0xFF]

  /// `bytes` with one to a few changes that know nothing of what they mean.
  mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.below(3) {
      guard !bytes.isEmpty else { return [UInt8(truncatingIfNeeded: random.next())] }
      let place = random.below(bytes.count)
      switch random.below(7) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes[place] ^= 1 << UInt8(random.below(8))
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(16)))
      case 3: bytes.insert(random.pick(Self.bytes), at: place)
      case 4: bytes.removeSubrange(place...)
      case 5: bytes += (0...random.below(16)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      default:
        let count = min(8, bytes.count - place)
        let value = random.pick([0, 1, 0x7F, 0x80, 0xFF] as [UInt8])
        bytes.replaceSubrange(
          place..<(place + count), with: [UInt8](repeating: value, count: count))
      }
    }
    return bytes
  }

  /// JSON with some tokens replaced, swapped, repeated or left out.
  mutating func mutateJSON(_ json: [UInt8]) -> [UInt8] {
    var json = json
    for _ in 0...random.below(3) {
      let tokens = Self.tokens(of: json)
      guard !tokens.isEmpty else { return json }
      let token = random.pick(tokens)
      switch random.below(6) {
      case 0: json.replaceSubrange(token, with: random.pick(Self.numbers))
      case 1:
        let word = random.pick(words)
        json.replaceSubrange(token, with: [UInt8(ascii: "\"")] + word + [UInt8(ascii: "\"")])
      case 2: json.replaceSubrange(token, with: Array(json[random.pick(tokens)]))
      case 3: json.insert(random.pick(Self.bytes), at: token.lowerBound)
      case 4:
        let other = random.pick(tokens)
        let range =
          min(token.lowerBound, other.lowerBound)..<max(token.upperBound, other.upperBound)
        if random.oneIn(2) {
          json.insert(contentsOf: Array(json[range]), at: range.upperBound)
        } else {
          json.removeSubrange(range)
        }
      default: json = mutateString(json, token)
      }
    }
    return json
  }

  private mutating func mutateString(_ json: [UInt8], _ token: Range<Int>) -> [UInt8] {
    var json = json
    let inner = mutate(Array(json[token]))
    json.replaceSubrange(token, with: inner)
    return json
  }

  /// The ranges of strings, numbers and words.
  private static func tokens(of json: [UInt8]) -> [Range<Int>] {
    var (tokens, index): ([Range<Int>], Int) = ([], 0)
    while index < json.count {
      let start = index
      index += 1
      if json[start] == UInt8(ascii: "\"") {
        while index < json.count, json[index] != UInt8(ascii: "\"") { index += 1 }
        index = min(json.count, index + 1)
        tokens.append(start..<index)
      } else if Self.isWord(json[start]) {
        while index < json.count, Self.isWord(json[index]) { index += 1 }
        tokens.append(start..<index)
      }
    }
    return tokens
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    !"{}[],:\" \t\r\n".utf8.contains(byte)
  }
}
