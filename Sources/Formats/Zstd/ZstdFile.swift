internal import Synchronization

/// A zstd-compressed file, read as the plain bytes it stands for.
///
/// Where every frame tells its size and none is large, as in files that lorac writes, a range is
/// read by decoding the frames it touches. Any other conforming file is decoded once, from
/// front to back, into an unlinked temporary file, when its content is first asked for.
final class ZstdFile: Sendable {
  /// A frame up to this size is decoded whole to read a part of it.
  private static let frameLimit = 32 << 20
  /// How many decoded frames are kept; tensors that follow each other share frames.
  private static let keptFrames = 3

  let path: String
  private let mapping: MappedFile
  private let frames: [ZstdFrame]
  /// The first plain byte of each frame, and the plain size; nil if a frame does not tell its size.
  private let starts: [Int]?
  private let recent = Mutex<[(index: Int, content: [UInt8])]>([])
  private let spool = Mutex<SpooledFile?>(nil)

  var compressedByteCount: Int { mapping.byteCount }

  /// Calls `body` with bytes of the file as it is stored.
  func withCompressedBytes<Result>(of range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
    mapping.withBytes(of: range, body)
  }

  func releaseCompressed(_ range: Range<Int>) { mapping.release(range) }

  /// The size of the plain bytes, if the frames tell.
  var contentByteCount: Int? { starts?.last }

  init(_ mapping: consuming MappedFile, path: String) throws(FormatError) {
    self.path = path
    frames = try mapping.withBytes(of: 0..<mapping.byteCount) { bytes throws(FormatError) in
      try Self.frames(of: bytes, path: path)
    }
    mapping.closeDescriptor()
    self.mapping = mapping
    var starts: [Int]? = [0]
    for frame in frames {
      let (end, overflow) = (starts?.last ?? 0).addingReportingOverflow(frame.contentByteCount ?? 0)
      if frame.contentByteCount == nil || overflow { starts = nil }
      starts?.append(end)
    }
    self.starts = starts
  }

  private static func frames(of bytes: RawSpan, path: String) throws(FormatError) -> [ZstdFrame] {
    if let frames = SeekTable.frames(of: bytes) { return frames }
    var (frames, offset): ([ZstdFrame], Int) = ([], 0)
    while offset < bytes.byteCount {
      do {
        let rest = bytes.extracting(offset..<bytes.byteCount)
        let frame = try ZstdCodec.frame(at: offset, in: rest)
        frames.append(frame)
        offset = frame.compressed.upperBound
      } catch {
        throw Self.fault(error, path: path, place: "compressed byte \(offset)")
      }
    }
    return frames
  }

  private static func fault(_ fault: ZstdFault, path: String, place: String) -> FormatError {
    .unacceptable(
      path, place: place, "the zstd data is damaged: \(fault.reason)",
      remedy: "'zstd -t' says the same of a damaged file; copy or download it again",
      code: .damagedZstd)
  }

  /// The index of plain bytes by frame, if a part can be read without decoding the rest.
  private var seekable: [Int]? {
    frames.allSatisfy { ($0.contentByteCount ?? .max) <= Self.frameLimit } ? starts : nil
  }

  /// The first `count` plain bytes, or fewer where the content ends before.
  func prefix(_ count: Int) throws(FormatError) -> [UInt8] {
    if let starts = seekable {
      let (content, range) = try piece(of: 0..<min(count, starts.last ?? 0), starts)
      return Array(content[range])
    }
    var content: [UInt8] = []
    try decode(limit: count) { piece throws(FormatError) in content += piece }
    return content
  }

  /// Decodes from the front and hands out pieces until `limit` bytes are out or all is read.
  private func decode(
    limit: Int, _ body: ([UInt8]) throws(FormatError) -> Void
  ) throws(FormatError) {
    var (position, produced) = (0, 0)
    do {
      var stream = try ZstdStream()
      while produced < limit {
        let window = position..<min(position + (4 << 20), mapping.byteCount)
        let (piece, consumed) = try mapping.withBytes(of: window) { bytes throws(ZstdFault) in
          try stream.decode(bytes, limit: min(limit - produced, 4 << 20))
        }
        try body(piece)
        mapping.release(position..<(position + consumed))
        position += consumed
        produced += piece.count
        if piece.isEmpty, consumed == 0 { break }
      }
      guard produced == limit || stream.isFrameComplete else { throw ZstdFault("truncated frame") }
    } catch let fault as ZstdFault {
      throw Self.fault(fault, path: path, place: "compressed byte \(position)")
    } catch let error as FormatError {
      throw error
    } catch {
      throw .unacceptable(path, "\(error)")
    }
  }

  /// Calls `body` with the plain bytes of `range`.
  ///
  /// Where the frames do not tell the plain size, `describedBytes` is what the header describes, and
  /// decoding stops as soon as there is more.
  func withBytes<Result>(
    of range: Range<Int>, describedBytes: Int, _ body: (RawSpan) throws -> Result
  ) throws -> Result {
    guard let starts = seekable else {
      return try spooled(describedBytes: describedBytes).withBytes(of: range, body)
    }
    let (content, local) = try piece(of: range, starts)
    return try content.withRawBytes { try body($0.extracting(local)) }
  }

  /// Decoded bytes that hold the plain bytes of `range`, and where in them.
  private func piece(
    of range: Range<Int>, _ starts: [Int]
  ) throws(FormatError) -> (content: [UInt8], range: Range<Int>) {
    var index = Self.frame(holding: range.lowerBound, starts)
    if index < frames.count, range.upperBound <= starts[index + 1] {
      let start = starts[index]
      let content = try content(ofFrame: index)
      return (content, (range.lowerBound - start)..<(range.upperBound - start))
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    while index < frames.count, starts[index] < range.upperBound {
      let content = try content(ofFrame: index)
      let lower = max(0, range.lowerBound - starts[index])
      bytes += content[lower..<min(content.count, range.upperBound - starts[index])]
      index += 1
    }
    return (bytes, 0..<bytes.count)
  }

  /// The index of the frame in which `offset` lies.
  private static func frame(holding offset: Int, _ starts: [Int]) -> Int {
    var (low, high) = (0, starts.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle + 1] <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func content(ofFrame index: Int) throws(FormatError) -> [UInt8] {
    let kept = recent.withLock { kept in kept.first { $0.index == index }?.content }
    if let kept { return kept }
    let frame = frames[index]
    let content: [UInt8]
    do {
      content = try mapping.withBytes(of: frame.compressed) { bytes throws(ZstdFault) in
        if let magic = bytes.littleEndian32(at: 0), ZstdCodec.isSkippable(magic) {
          // A table at the end of the file may say otherwise.
          guard frame.contentByteCount ?? 0 == 0 else {
            throw ZstdFault("a frame is shorter than it says")
          }
          return []
        }
        return try ZstdCodec.decompress(bytes, byteCount: frame.contentByteCount ?? 0)
      }
    } catch {
      throw Self.fault(
        error, path: path, place: "compressed byte \(frame.compressed.lowerBound)")
    }
    mapping.release(frame.compressed)
    recent.withLock { kept in
      kept.append((index, content))
      if kept.count > Self.keptFrames { kept.removeFirst() }
    }
    return content
  }

  /// The plain bytes in a temporary file; decoded at the first call.
  private func spooled(describedBytes: Int) throws -> SpooledFile {
    try spool.withLock { spool in
      if let spool { return spool }
      let writer = try SpoolWriter()
      // One byte more than described shows content that the header does not know of.
      try decode(limit: describedBytes + 1) { piece throws(FormatError) in
        try piece.withRawBytes { bytes throws(FormatError) in try writer.append(bytes) }
      }
      guard writer.byteCount == describedBytes else {
        throw SafetensorsHeader.coverageFault(
          expected: describedBytes, found: writer.byteCount, file: path)
      }
      let file = try writer.finish()
      spool = file
      return file
    }
  }
}
