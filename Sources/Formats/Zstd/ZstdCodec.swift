internal import CZstd

/// What a zstd frame says of itself before it is decoded.
struct ZstdFrame: Sendable {
  /// The frame's bytes in the file.
  let compressed: Range<Int>
  /// The size of its content; nil if the frame does not tell.
  ///
  /// Skippable frames have no content.
  let contentByteCount: Int?
}

/// A fault found by libzstd, in its words.
struct ZstdFault: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  fileprivate init(code: Int) {
    // SAFETY: the name is a static, terminated string.
    reason = unsafe String(cString: ZSTD_getErrorName(code))
  }
}

/// The only place that calls libzstd.
///
/// Source: RFC 8878, zstd.h 1.5.
enum ZstdCodec {
  static let skippableMagic: UInt32 = 0x184D_2A50
  static let magic: UInt32 = 0xFD2F_B528

  static func isSkippable(_ magic: UInt32) -> Bool { magic & 0xFFFF_FFF0 == skippableMagic }

  /// The frame that starts `bytes`, which stand at `offset` of the file.
  static func frame(at offset: Int, in bytes: RawSpan) throws(ZstdFault) -> ZstdFrame {
    guard let magic = bytes.littleEndian32(at: 0) else { throw ZstdFault("truncated frame") }
    if isSkippable(magic) {
      guard let size = bytes.littleEndian32(at: 4), Int(size) <= bytes.byteCount - 8 else {
        throw ZstdFault("truncated frame")
      }
      return ZstdFrame(compressed: offset..<(offset + 8 + Int(size)), contentByteCount: 0)
    }
    // SAFETY: the pointers are used within the calls, with their lengths.
    let (size, content) = unsafe bytes.withUnsafeBytes { pointer in
      unsafe (
        ZSTD_findFrameCompressedSize(pointer.baseAddress, pointer.count),
        ZSTD_getFrameContentSize(pointer.baseAddress, pointer.count)
      )
    }
    guard ZSTD_isError(size) == 0 else {
      throw magic == Self.magic ? ZstdFault("truncated frame") : ZstdFault("unknown frame")
    }
    let isKnown = content != contentSizeUnknown && content != contentSizeError
    guard !isKnown || content <= UInt64(Int.max / 4) else {
      throw ZstdFault("a frame claims \(content) bytes")
    }
    return ZstdFrame(
      compressed: offset..<(offset + size), contentByteCount: isKnown ? Int(content) : nil)
  }

  // ZSTD_CONTENTSIZE_UNKNOWN and _ERROR are macros that Swift does not import.
  private static let contentSizeUnknown = UInt64.max
  private static let contentSizeError = UInt64.max - 1

  /// The content of one whole frame that holds exactly `byteCount` bytes.
  static func decompress(_ frame: RawSpan, byteCount: Int) throws(ZstdFault) -> [UInt8] {
    var code = 0
    // SAFETY: libzstd writes at most `byteCount` bytes and reads the span only.
    let content = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      code = unsafe frame.withUnsafeBytes { source in
        unsafe ZSTD_decompress(buffer.baseAddress, byteCount, source.baseAddress, source.count)
      }
      count = ZSTD_isError(code) == 0 ? min(code, byteCount) : 0
    }
    guard ZSTD_isError(code) == 0 else { throw ZstdFault(code: code) }
    guard content.count == byteCount else { throw ZstdFault("a frame is shorter than it says") }
    return content
  }
}

/// Compresses buffers, one at a time, into frames with content size and checksum.
@safe
struct ZstdCompressor: ~Copyable {
  private let context: OpaquePointer

  /// Makes a compressor of `level`, 1 to 22.
  init(level: Int) throws(ZstdFault) {
    // SAFETY: the context is checked, owned here and freed by `deinit`.
    guard let context = unsafe ZSTD_createCCtx() else { throw ZstdFault("out of memory") }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, CInt(level))
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    unsafe self.context = context
  }

  deinit {
    // SAFETY: ours, and freed once.
    unsafe ZSTD_freeCCtx(context)
  }

  func compress(_ bytes: RawSpan) throws(ZstdFault) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.byteCount)
    var code = 0
    // SAFETY: libzstd writes at most `bound` bytes and reads the span only.
    let frame = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      code = unsafe bytes.withUnsafeBytes { source in
        unsafe ZSTD_compress2(context, buffer.baseAddress, bound, source.baseAddress, source.count)
      }
      count = ZSTD_isError(code) == 0 ? code : 0
    }
    guard ZSTD_isError(code) == 0 else { throw ZstdFault(code: code) }
    return frame
  }
}

/// Decodes frames from front to back, a bounded piece at a time.
@safe
struct ZstdStream: ~Copyable {
  private let context: OpaquePointer
  /// Whether the last frame that was begun is complete.
  private(set) var isFrameComplete = true

  init() throws(ZstdFault) {
    // SAFETY: the context is checked, owned here and freed by `deinit`. Its window is at most
    // 128 MiB, libzstd's default, so that a header cannot ask for more memory.
    guard let context = unsafe ZSTD_createDCtx() else { throw ZstdFault("out of memory") }
    unsafe self.context = context
  }

  deinit {
    // SAFETY: ours, and freed once.
    unsafe ZSTD_freeDCtx(context)
  }

  /// Decodes from the start of `source` into at most `limit` bytes.
  ///
  /// - Returns: the bytes, and how many of `source` were consumed.
  mutating func decode(
    _ source: RawSpan, limit: Int
  ) throws(ZstdFault) -> (content: [UInt8], consumed: Int) {
    var (code, consumed) = (0, 0)
    // SAFETY: libzstd writes at most `limit` bytes and reads the span only.
    let content = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      var output = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: limit, pos: 0)
      unsafe source.withUnsafeBytes { pointer in
        var input = unsafe ZSTD_inBuffer(src: pointer.baseAddress, size: pointer.count, pos: 0)
        code = unsafe ZSTD_decompressStream(context, &output, &input)
        consumed = unsafe input.pos
      }
      count = unsafe ZSTD_isError(code) == 0 ? output.pos : 0
    }
    guard ZSTD_isError(code) == 0 else { throw ZstdFault(code: code) }
    // Without input the library only asks for the next frame's start.
    if consumed > 0 || !content.isEmpty { isFrameComplete = code == 0 }
    return (content, consumed)
  }
}
