/// The index at the end of a file in the zstd seekable format: the sizes of its frames.
///
/// A skippable frame that other decoders pass over: `0x184D2A5E`, its length, an entry of
/// compressed and decompressed size (`UInt32` each) per frame, then the footer of frame count
/// (`UInt32`), descriptor (`UInt8`, here 0: no checksums in the entries) and `0x8F92EAB1`.
/// Source: zstd, `contrib/seekable_format/zstd_seekable_compression_format.md`, version 0.1.0.
enum SeekTable {
  private static let frameMagic: UInt32 = 0x184D_2A5E
  private static let footerMagic: UInt32 = 0x8F92_EAB1
  private static let footerByteCount = 9

  /// The bytes of the table for frames of these sizes.
  static func encoded(_ frames: [(compressed: Int, content: Int)]) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: Int) {
      for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
    append(Int(frameMagic))
    append(frames.count * 8 + footerByteCount)
    for frame in frames {
      append(frame.compressed)
      append(frame.content)
    }
    append(frames.count)
    bytes.append(0)
    append(Int(footerMagic))
    return bytes
  }

  /// The frames that the table at the end of `file` lists; nil if there is no sound table.
  static func frames(of file: RawSpan) -> [ZstdFrame]? {
    let end = file.byteCount
    guard end > 17, file.littleEndian32(at: end - 4) == footerMagic,
      let count = file.littleEndian32(at: end - 9).map(Int.init)
    else { return nil }
    // SAFETY: the offset lies within the span: `end` is larger than 17.
    let descriptor = unsafe file.unsafeLoad(fromByteOffset: end - 5, as: UInt8.self)
    let entryByteCount = descriptor & 0x80 == 0 ? 8 : 12
    let tableByteCount = count * entryByteCount + footerByteCount
    let start = end - tableByteCount - 8
    guard start >= 0, file.littleEndian32(at: start) == frameMagic,
      file.littleEndian32(at: start + 4).map(Int.init) == tableByteCount
    else { return nil }
    var (frames, offset): ([ZstdFrame], Int) = ([], 0)
    frames.reserveCapacity(count)
    for index in 0..<count {
      let entry = start + 8 + index * entryByteCount
      guard let compressed = file.littleEndian32(at: entry),
        let content = file.littleEndian32(at: entry + 4)
      else { return nil }
      let range = offset..<(offset + Int(compressed))
      frames.append(ZstdFrame(compressed: range, contentByteCount: Int(content)))
      offset = range.upperBound
    }
    return offset == start ? frames : nil
  }
}
