/// Frames of zstd with raw and run-length blocks, which need no compressor and can lie.
///
/// Source: RFC 8878, sections 3.1.1 and 3.1.2; the seekable format of zstd's contrib folder.
enum ZstdWrapper {
  static func wrapped(_ plain: [UInt8], _ random: inout Randomness) -> [UInt8] {
    var (file, table): ([UInt8], [(Int, Int)]) = ([], [])
    let frameSize = max(1, random.oneIn(2) ? plain.count : random.below(plain.count) + 1)
    let isSized = !random.oneIn(4)
    for start in stride(from: 0, to: max(1, plain.count), by: frameSize) {
      if random.oneIn(20) { file += skippable([UInt8](repeating: 7, count: random.below(40))) }
      let piece = Array(plain[min(start, plain.count)..<min(plain.count, start + frameSize)])
      let encoded = frame(piece, isSized: isSized, &random)
      table.append((encoded.count, piece.count))
      file += encoded
      // Many frames of a few bytes cost time and show nothing more.
      if table.count > 200 { break }
    }
    if random.oneIn(3) { file += seekTable(table, &random) }
    return file
  }

  private static func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func skippable(_ content: [UInt8]) -> [UInt8] {
    littleEndian(0x184D_2A50, 4) + littleEndian(content.count, 4) + content
  }

  private static func frame(
    _ content: [UInt8], isSized: Bool, _ random: inout Randomness
  ) -> [UInt8] {
    var bytes = littleEndian(0xFD2F_B528, 4)
    if isSized {
      // A size of 8 bytes, and a window of its own.
      let lie = random.oneIn(30) ? random.pick([-1, 1, 1 << 20, 1 << 40, 1 << 62]) : 0
      bytes += [0xC0, UInt8(random.pick([0x00, 0x38, 0x58, 0x98]))]
      bytes += littleEndian(content.count &+ lie, 8)
    } else {
      bytes += [0x00, UInt8(random.pick([0x38, 0x58, 0x70, 0x88]))]
    }
    var start = 0
    repeat {
      let count = min(content.count - start, random.oneIn(3) ? 1 + random.below(1000) : 1000)
      let isLast = start + count == content.count
      bytes += littleEndian(count << 3 | (isLast ? 1 : 0), 3)
      bytes += content[start..<(start + count)]
      start += count
    } while start < content.count
    return bytes
  }

  /// A frame of one run-length block that stands for `count` zeros, at most 128 KiB.
  static func zeros(_ count: Int) -> [UInt8] {
    littleEndian(0xFD2F_B528, 4) + [0x00, 0x58] + littleEndian(count << 3 | 3, 3) + [0]
  }

  private static func seekTable(
    _ frames: [(compressed: Int, content: Int)], _ random: inout Randomness
  ) -> [UInt8] {
    var content: [UInt8] = []
    for frame in frames {
      let lie = random.oneIn(40) ? random.pick([-1, 1, 4096, 0x7FFF_FFFF]) : 0
      content += littleEndian(frame.compressed, 4) + littleEndian(frame.content &+ lie, 4)
    }
    content += littleEndian(frames.count, 4) + [random.oneIn(20) ? 0x80 : 0]
    content += littleEndian(0x8F92_EAB1, 4)
    return littleEndian(0x184D_2A5E, 4) + littleEndian(content.count, 4) + content
  }
}
