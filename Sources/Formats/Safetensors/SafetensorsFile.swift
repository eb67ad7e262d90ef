internal import Synchronization

/// A safetensors file open for reading, plain or zstd-compressed.
///
/// A class, so that tasks can share the one mapping it owns. Opening reads the header only.
package final class SafetensorsFile: Sendable {
  package enum Compression: String, Sendable { case none, zstd }

  package let path: String
  package let header: SafetensorsHeader
  /// The size of the file as it lies on disk.
  package let byteCount: Int
  private let content: Content
  private let index: [TensorName: Int]

  private enum Content: Sendable {
    case plain(PlainFile)
    case zstd(ZstdFile)
  }

  package var compression: Compression {
    switch content {
    case .plain: .none
    case .zstd: .zstd
    }
  }

  package convenience init(path: String) throws(FormatError) {
    var log = FaultLog.throwing
    try self.init(path: path, log: &log)
  }

  /// As ``init(path:)``, with all that is wrong told to `log`.
  ///
  /// - Throws: the first fault, when the header could be read to its end or not.
  package init(path: String, log: inout FaultLog) throws(FormatError) {
    self.path = path
    let mapping = try MappedFile(path: path)
    byteCount = mapping.byteCount
    let start = mapping.withBytes(of: 0..<min(512, mapping.byteCount)) { $0.copied() }
    if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) || start.isSkippableFrame {
      let file = try ZstdFile(mapping, path: path)
      header = try Self.header(of: file, log: &log)
      content = .zstd(file)
    } else {
      header = try Self.header(of: mapping, start: start, path: path, log: &log)
      content = .plain(PlainFile(mapping))
    }
    index = Dictionary(
      header.tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    try log.throwFirst()
  }

  private static func header(
    of mapping: borrowing MappedFile, start: [UInt8], path: String, log: inout FaultLog
  ) throws(FormatError) -> SafetensorsHeader {
    if let fault = ForeignContent.fault(start: start, path: path) { throw fault }
    let length = try start.withRawBytes { bytes throws(FormatError) in
      try SafetensorsHeader.length(in: bytes, fileByteCount: mapping.byteCount, file: path)
    }
    let json = mapping.withBytes(of: 8..<(8 + length)) { $0.copied() }
    // A long header need not be in memory twice.
    if length >= 1 << 20 { mapping.release(8..<(8 + length)) }
    return try SafetensorsHeader(
      parsing: json, fileByteCount: mapping.byteCount, file: path, log: &log)
  }

  /// A plain file this many times larger than its compressed form is not a model.
  private static let expansionLimit = 1000

  private static func header(
    of file: ZstdFile, log: inout FaultLog
  ) throws(FormatError) -> SafetensorsHeader {
    let start = try file.prefix(512)
    if let fault = ForeignContent.fault(start: start, path: file.path) { throw fault }
    let length = try start.withRawBytes { bytes throws(FormatError) in
      try SafetensorsHeader.length(
        in: bytes, fileByteCount: file.contentByteCount, file: file.path)
    }
    let json = Array(try file.prefix(8 + length).dropFirst(8))
    guard json.count == length else {
      throw SafetensorsHeader.coverageFault(
        expected: 8 + length, found: 8 + json.count, file: file.path)
    }
    let header = try SafetensorsHeader(
      parsing: json, fileByteCount: file.contentByteCount, file: file.path, log: &log)
    let expansion = header.fileByteCount / max(1, file.compressedByteCount)
    guard header.fileByteCount <= 1 << 30 || expansion <= expansionLimit else {
      throw .unacceptable(
        file.path,
        "claims to expand from \(file.compressedByteCount) to \(header.fileByteCount) bytes",
        remedy: FindingCode.expansion.remedy, code: .expansion)
    }
    return header
  }

  /// The keys of the metadata in the order in which the header has them; nil if it has no member for
  /// metadata.
  ///
  /// - Throws: `FormatError` when compressed bytes are damaged.
  package func metadataKeys() throws -> [String]? {
    guard header.hasMetadata, header.metadata.count > 1 else {
      return header.hasMetadata ? Array(header.metadata.keys) : nil
    }
    let json = try withPlainBytes(of: 8..<header.dataOffset) { $0.copied() }
    var scanner = JSONScanner(json, file: path, place: "header")
    var keys: [String] = []
    try scanner.object { scanner, key throws(FormatError) in
      guard TensorName(key) == "__metadata__", try scanner.peek() == UInt8(ascii: "{") else {
        return try scanner.skipValue()
      }
      try scanner.object { scanner, key throws(FormatError) in
        keys.append(key)
        try scanner.skipValue()
      }
    }
    return keys
  }

  /// The entry called `name`.
  package func entry(_ name: TensorName) -> TensorEntry? {
    index[name].map { header.tensors[$0] }
  }

  /// Calls `body` with the stored bytes of `entry`; they may start at any address.
  package func withBytes<Result>(
    of entry: TensorEntry, _ body: (RawSpan) throws -> Result
  ) throws -> Result {
    try withBytes(of: entry, in: 0..<entry.byteRange.count, body)
  }

  /// Calls `body` with a part of the stored bytes of `entry`, counted from its first.
  ///
  /// - Precondition: `part` lies within the entry.
  package func withBytes<Result>(
    of entry: TensorEntry, in part: Range<Int>, _ body: (RawSpan) throws -> Result
  ) throws -> Result {
    precondition(part.lowerBound >= 0 && part.upperBound <= entry.byteRange.count)
    let lower = entry.byteRange.lowerBound + part.lowerBound
    return try withData(of: lower..<(lower + part.count), body)
  }

  /// Calls `body` with stored bytes that may be of several tensors, counted from the end of the header.
  ///
  /// - Precondition: the range lies within the tensors.
  package func withData<Result>(
    of data: Range<Int>, _ body: (RawSpan) throws -> Result
  ) throws -> Result {
    let start = header.dataOffset
    return try withPlainBytes(of: start + data.lowerBound..<start + data.upperBound, body)
  }

  /// Calls `body` with the bytes of `range` of the plain file, header and all.
  ///
  /// - Precondition: `range` lies within what the header describes.
  func withPlainBytes<Result>(
    of range: Range<Int>, _ body: (RawSpan) throws -> Result
  ) throws -> Result {
    switch content {
    case .plain(let file): return try file.mapping.withBytes(of: range, body)
    case .zstd(let file):
      return try file.withBytes(of: range, describedBytes: header.fileByteCount, body)
    }
  }

  /// A copy of the stored bytes of `entry`, for tensors of a few elements.
  package func copy(_ entry: TensorEntry) throws -> [UInt8] {
    guard case .plain(let file) = content else { return try withBytes(of: entry) { $0.copied() } }
    let lower = header.dataOffset + entry.byteRange.lowerBound
    return file.mapping.copy(lower..<(lower + entry.byteRange.count))
  }

  /// Says that no more small tensors will be read, so that the file need not stay open.
  package func closeDescriptor() {
    if case .plain(let file) = content { file.mapping.closeDescriptor() }
  }

  /// Calls `body` with the bytes of `range` of the file as it lies on disk.
  func withStoredBytes<Result>(of range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
    switch content {
    case .plain(let file): file.mapping.withBytes(of: range, body)
    case .zstd(let file): file.withCompressedBytes(of: range, body)
    }
  }

  /// Lets the kernel take back the memory of `range` of the file as it lies on disk.
  func releaseStored(_ range: Range<Int>) {
    switch content {
    case .plain(let file): file.mapping.release(range)
    case .zstd(let file): file.releaseCompressed(range)
    }
  }

  /// Calls `body` with the open file and where the bytes of `data` start in it, where they can be
  /// copied as they lie on the disk; else returns nil.
  func withDescriptor<Result>(
    of data: Range<Int>, _ body: (CInt, Int) throws(FormatError) -> Result
  ) throws(FormatError) -> Result? {
    guard case .plain(let file) = content, let descriptor = file.mapping.openDescriptor else {
      return nil
    }
    return try body(descriptor, header.dataOffset + data.lowerBound)
  }

  /// Lets the kernel take back the memory of `data`, counted from the end of the header.
  package func releaseData(_ data: Range<Int>) {
    guard case .plain(let file) = content else { return }
    file.mapping.release(
      (header.dataOffset + data.lowerBound)..<(header.dataOffset + data.upperBound))
  }

  /// Lets the kernel take back the memory that holds `entry`, together with that of others once
  /// they come to `batch` bytes: each release interrupts every core.
  package func release(_ entry: TensorEntry, inBatchesOf batch: Int) {
    guard case .plain(let file) = content else { return }
    let lower = header.dataOffset + entry.byteRange.lowerBound
    file.release(lower..<(lower + entry.byteRange.count), inBatchesOf: batch)
  }
}

/// A mapping in a class, because an enumeration that tasks share cannot hold it.
private final class PlainFile: Sendable {
  let mapping: MappedFile
  private let used = Mutex<(range: Range<Int>, byteCount: Int)>((0..<0, 0))

  init(_ mapping: consuming MappedFile) { self.mapping = mapping }

  /// Marks `range` as no longer needed.
  func release(_ range: Range<Int>, inBatchesOf batch: Int) {
    let due: Range<Int>? = used.withLock { used in
      let lower =
        used.byteCount == 0 ? range.lowerBound : min(used.range.lowerBound, range.lowerBound)
      used.range = lower..<max(used.range.upperBound, range.upperBound)
      used.byteCount += range.count
      guard used.byteCount >= batch else { return nil }
      defer { used = (0..<0, 0) }
      return used.range
    }
    if let due { mapping.release(due) }
  }
}

extension [UInt8] {
  fileprivate var isSkippableFrame: Bool {
    littleEndian32(at: 0).map(ZstdCodec.isSkippable) ?? false
  }
}
