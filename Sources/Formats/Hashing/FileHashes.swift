internal import Crypto
internal import Workers

/// The hashes by which web sites and user interfaces know a model file.
///
/// All but ``stored`` are of the plain file, whether it is compressed or not.
package struct FileHashes: Sendable, Hashable {
  /// The SHA-256 of the file as it lies on disk.
  package let stored: String
  /// The SHA-256 of the plain file.
  package let plain: String
  /// The first 8 digits of the SHA-256 of 64 KiB after the first MiB; nil for files below 2 MiB.
  package let autoV1: String?
  /// The SHA-256 of everything behind the header, which editing metadata leaves as it is.
  package let autoV3: String
  /// What sd-scripts calls `sshs_model_hash`: as ``autoV3``, in the order in which it writes tensors.
  package let trainingModel: String
  /// What sd-scripts calls `sshs_legacy_hash`: as ``autoV1``, of the file as it would be with the
  /// metadata of training (`ss_*`) alone; nil where there is none.
  package let trainingLegacy: String?

  /// The first 10 digits of the plain file's SHA-256, in capitals.
  package var autoV2: String { plain.prefix(10).uppercased() }

  private static let sampleStart = 1 << 20
  private static let sampleCount = 64 << 10

  /// Reads the whole of `file`, with up to `threads` threads.
  ///
  /// - Throws: `FormatError` when compressed bytes are damaged.
  package init(_ file: SafetensorsFile, threads: Int) throws {
    let content = PlainContent(file)
    let written = try? SafetensorsLayout(
      tensors: file.header.tensors.map {
        .init(name: $0.name.string, dtype: $0.dtype, shape: $0.shape)
      },
      metadata: file.header.metadata.filter { $0.key.hasPrefix("ss_") }, file: file.path)
    let order = written?.entries.compactMap { file.entry($0.name) } ?? []
    let isSameOrder = order.map(\.name) == file.header.tensors.map(\.name)
    let jobs: [@Sendable () throws -> String] =
      [{ try content.hash([file.header.dataOffset..<content.byteCount]) }]
      + (isSameOrder ? [] : [{ try content.hash(order.map { content.range(of: $0) }) }])
      + [{ try content.hash([0..<content.byteCount]) }]
      + (file.compression == .none ? [] : [{ content.storedHash }])
    let hashes = try parallelMap(count: jobs.count, threads: threads) { try jobs[$0]() }
    autoV3 = hashes[0]
    trainingModel = isSameOrder ? autoV3 : hashes[1]
    plain = hashes[isSameOrder ? 1 : 2]
    stored = file.compression == .none ? plain : hashes[jobs.count - 1]
    autoV1 =
      content.byteCount < 2 << 20
      ? nil
      : String(
        try content.hash([Self.sampleStart..<(Self.sampleStart + Self.sampleCount)]).prefix(8))
    trainingLegacy = try written.flatMap { written in
      guard file.header.metadata.contains(where: { $0.key.hasPrefix("ss_") }) else { return nil }
      return String(try Self.sample(of: written, content, order).prefix(8))
    }
  }

  /// ``trainingModel`` alone.
  ///
  /// - Throws: `FormatError` when compressed bytes are damaged.
  package static func trainingModel(of file: SafetensorsFile) throws -> String {
    let layout = try SafetensorsLayout(
      tensors: file.header.tensors.map {
        .init(name: $0.name.string, dtype: $0.dtype, shape: $0.shape)
      }, metadata: [:], file: file.path)
    let content = PlainContent(file)
    return try content.hash(
      layout.entries.compactMap { file.entry($0.name) }.map { content.range(of: $0) })
  }

  /// The SHA-256 of the sample of the file that `written` plans with the tensors of `content`.
  private static func sample(
    of written: SafetensorsLayout, _ content: PlainContent, _ order: [TensorEntry]
  ) throws -> String {
    let sample = sampleStart..<(sampleStart + sampleCount)
    var hasher = SHA256()
    hasher.update(data: written.header[sample.clamped(to: 0..<written.header.count)])
    for (planned, entry) in zip(written.entries, order) {
      let start = written.header.count + planned.byteRange.lowerBound
      let part = sample.clamped(to: start..<(start + planned.byteRange.count))
      guard !part.isEmpty else { continue }
      let offset = content.range(of: entry).lowerBound - start
      try content.update(&hasher, (part.lowerBound + offset)..<(part.upperBound + offset))
    }
    return ContentHash.hexadecimal(hasher.finalize())
  }
}

/// The plain bytes of a file, hashed a piece at a time.
private struct PlainContent: Sendable {
  let file: SafetensorsFile
  var byteCount: Int { file.header.fileByteCount }

  private static let pieceByteCount = 2 << 20

  init(_ file: SafetensorsFile) { self.file = file }

  /// Where `entry` lies.
  func range(of entry: TensorEntry) -> Range<Int> {
    let start = file.header.dataOffset + entry.byteRange.lowerBound
    return start..<(start + entry.byteRange.count)
  }

  /// The SHA-256 of `ranges`, one after the other.
  func hash(_ ranges: [Range<Int>]) throws -> String {
    var hasher = SHA256()
    for range in ranges { try update(&hasher, range) }
    return ContentHash.hexadecimal(hasher.finalize())
  }

  func update(_ hasher: inout SHA256, _ range: Range<Int>) throws {
    for piece in Self.pieces(of: range) {
      try file.withPlainBytes(of: piece) { hasher.update($0) }
      if file.compression == .none { file.releaseStored(piece) }
    }
  }

  var storedHash: String {
    var hasher = SHA256()
    for piece in Self.pieces(of: 0..<file.byteCount) {
      file.withStoredBytes(of: piece) { hasher.update($0) }
      file.releaseStored(piece)
    }
    return ContentHash.hexadecimal(hasher.finalize())
  }

  private static func pieces(of range: Range<Int>) -> some Sequence<Range<Int>> {
    stride(from: range.lowerBound, to: range.upperBound, by: pieceByteCount).lazy.map {
      $0..<min($0 + pieceByteCount, range.upperBound)
    }
  }
}
