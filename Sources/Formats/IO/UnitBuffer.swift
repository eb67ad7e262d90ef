internal import Glibc

/// Memory that the bytes of one unit of output are computed in, used again for the next.
///
/// Lies so that the whole blocks of the unit can go to the disk without passing through the page
/// cache: a byte has the same offset from a block's start here and in the file.
@safe
package final class UnitBuffer {
  static let blockByteCount = 4096

  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0
  /// Where the unit starts in the memory.
  private var start = 0
  /// The size of the unit.
  package private(set) var count = 0

  init() { unsafe memory = nil }

  deinit {
    // SAFETY: ours, or nil.
    unsafe free(memory)
  }

  /// Makes room for `count` bytes that will stand at `offset` of a file; their values are any.
  func prepare(count: Int, at offset: Int) throws(FormatError) {
    start = offset % Self.blockByteCount
    self.count = count
    let needed = start + count
    guard needed > capacity else { return }
    // SAFETY: ours or nil, and not used again.
    unsafe free(memory)
    unsafe memory = nil
    capacity = 0
    // SAFETY: the result is checked; the size is a multiple of the alignment.
    let size = (needed + Self.blockByteCount - 1) / Self.blockByteCount * Self.blockByteCount
    guard let fresh = unsafe aligned_alloc(Self.blockByteCount, size) else {
      throw FormatError(.inputOutput, file: "memory", "cannot get \(size) bytes")
    }
    unsafe memory = fresh
    capacity = size
  }

  /// Calls `body` with the bytes of `range` of the unit, to be written in place.
  package func withOutputBytes<Result>(
    _ range: Range<Int>, _ body: (inout MutableRawSpan) throws -> Result
  ) rethrows -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard let memory = unsafe memory else {
      var empty = MutableRawSpan()
      return try body(&empty)
    }
    // SAFETY: the range lies within the unit, which lies within the memory.
    var bytes = unsafe UnsafeMutableRawBufferPointer(
      start: memory + start + range.lowerBound, count: range.count
    ).mutableBytes
    return try body(&bytes)
  }

  /// Calls `body` with the bytes of `range` of the unit.
  func withRawBytes<Result, Failure>(
    of range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard let memory = unsafe memory else { return try body(RawSpan()) }
    // SAFETY: as above.
    return try body(
      unsafe RawSpan(
        _unsafeStart: UnsafeRawPointer(memory) + start + range.lowerBound, byteCount: range.count))
  }

  /// Fills `range` of the unit with zeros.
  package func clear(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard let memory = unsafe memory else { return }
    // SAFETY: the range lies within the unit, which lies within the memory.
    unsafe memset(memory + start + range.lowerBound, 0, range.count)
  }

  /// Copies `bytes` to `offset` of the unit.
  package func store(_ bytes: RawSpan, at offset: Int) {
    precondition(offset >= 0 && offset + bytes.byteCount <= count)
    guard let memory = unsafe memory else { return }
    // SAFETY: the target lies within the unit, and an input is no part of it.
    unsafe bytes.withUnsafeBytes { source in
      if let source = source.baseAddress {
        unsafe (memory + start + offset).copyMemory(from: source, byteCount: bytes.byteCount)
      }
    }
  }

  package func store(_ value: Float, at offset: Int) {
    withOutputBytes(offset..<(offset + 4)) { bytes in
      bytes.storeBytes(of: value.bitPattern.littleEndian, as: UInt32.self)
    }
  }
}
