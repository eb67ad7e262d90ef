internal import CSystem
internal import Glibc
internal import Synchronization

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a sibling `.NAME.lorac-PID`; ``commit()`` makes them durable and renames it over
/// whatever has the name. Without a commit the sibling is removed, also when a signal ends the
/// process. Only SIGKILL or a crash of the machine can leave the sibling behind.
package struct OutputFile: ~Copyable, Sendable {
  package let path: String
  /// The file that gets the content: `path`, or what it links to.
  private let target: String
  private let temporary: String
  private let descriptor: CInt
  /// The same file, written past the page cache; -1 where that is not worth it or not possible.
  private let directDescriptor: CInt
  private let reminder: Int?
  /// What lies beside the whole blocks of units that were written directly.
  private let edges = Mutex<[(offset: Int, bytes: [UInt8])]>([])

  /// Creates the sibling of `path`.
  ///
  /// - Parameters:
  ///   - path: Where the file is to appear.
  ///   - byteCount: The final size, reserved at once so that a full disk is noticed first.
  ///   - replaces: Whether a file at `path` may be replaced.
  /// - Throws: `FormatError` of kind `cannotCreate`, or `inputOutput` when the disk is full.
  package init(path: String, byteCount: Int?, replaces: Bool) throws(FormatError) {
    try Self.checkTarget(path, replaces: replaces)
    let target = Folder.resolvingLinks(path)
    let (folder, name) = Folder.split(target)
    let temporary = "\(folder)/.\(name).lorac-\(getpid())"
    // SAFETY: paths are terminated strings for the length of a call, here and below.
    unsafe unlink(temporary)
    // Before the file is there, so that there is no moment at which a signal leaves it.
    let reminder = Temporaries.remember(temporary)
    let descriptor = unsafe open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let remedy = errno == ENOENT ? "create the folder '\(printable(folder))' first" : nil
      let error = FormatError.lastSystemError(
        .cannotCreate, file: path, doing: "cannot create the output", remedy: remedy)
      if let reminder { Temporaries.forget(reminder) }
      throw error
    }
    if let byteCount, byteCount > 0 {
      let code = posix_fallocate(descriptor, 0, off_t(byteCount))
      guard code == 0 || code == EOPNOTSUPP || code == EINVAL else {
        errno = code
        let error = FormatError.lastSystemError(
          .cannotCreate, file: path, doing: "cannot reserve \(byteCount) bytes")
        Self.discard(temporary, descriptor, reminder)
        throw error
      }
    }
    self.path = path
    self.target = target
    self.temporary = temporary
    self.descriptor = descriptor
    self.reminder = reminder
    directDescriptor =
      (byteCount ?? 0) >= Self.directByteCount
      ? unsafe open(temporary, O_WRONLY | O_CLOEXEC | CInt(lorac_direct_flag())) : -1
  }

  /// A file of this size is written past the page cache: it has to reach the disk before it may
  /// have its name, and copying it into the cache first takes longer than all else.
  private static let directByteCount = 64 << 20

  private static func checkTarget(_ path: String, replaces: Bool) throws(FormatError) {
    var info = stat()
    // SAFETY: a terminated path, and an `info` of ours.
    guard unsafe stat(path, &info) == 0 else { return }
    guard info.st_mode & S_IFMT != S_IFDIR else {
      throw FormatError(
        .cannotCreate, file: path, "is a folder",
        remedy: "name a file to write, such as out.safetensors")
    }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw FormatError(
        .cannotCreate, file: path, "is not a file, and would be replaced by one",
        remedy: "write to standard output with -o - and redirect that")
    }
    guard replaces else {
      throw FormatError(
        .cannotCreate, file: path, "exists already", remedy: "leave out --no-clobber to replace it")
    }
  }

  private static func discard(_ temporary: String, _ descriptor: CInt, _ reminder: Int?) {
    close(descriptor)
    // SAFETY: a terminated path.
    unsafe unlink(temporary)
    if let reminder { Temporaries.forget(reminder) }
  }

  deinit {
    if directDescriptor >= 0 { close(directDescriptor) }
    Self.discard(temporary, descriptor, reminder)
  }

  /// Whether whole blocks go to the disk directly, so that threads wait for it now and then.
  var isDirect: Bool { directDescriptor >= 0 }

  /// Writes the unit in `buffer`, which was prepared for `offset`; safe from several threads.
  func write(_ buffer: UnitBuffer, at offset: Int) throws(FormatError) {
    guard isDirect else {
      try write(buffer, 0..<buffer.count, at: offset, to: descriptor)
      return
    }
    let (block, end) = (UnitBuffer.blockByteCount, offset + buffer.count)
    let first = min((offset + block - 1) / block * block, end)
    let last = max(end / block * block, first)
    // A write through the page cache would wait for every direct one; so parts of blocks wait.
    for part in [offset..<first, last..<end] where !part.isEmpty {
      let local = (part.lowerBound - offset)..<(part.upperBound - offset)
      let bytes = buffer.withRawBytes(of: local) { $0.copied() }
      edges.withLock { $0.append((part.lowerBound, bytes)) }
    }
    guard first < last else { return }
    do {
      try write(buffer, (first - offset)..<(last - offset), at: first, to: directDescriptor)
    } catch {
      // A file system may take the flag and refuse the write; the page cache serves everywhere.
      try write(buffer, (first - offset)..<(last - offset), at: first, to: descriptor)
    }
  }

  private func write(
    _ buffer: UnitBuffer, _ range: Range<Int>, at offset: Int, to descriptor: CInt
  ) throws(FormatError) {
    try buffer.withRawBytes(of: range) { bytes throws(FormatError) in
      try Descriptor.writeAll(bytes, to: descriptor, at: offset, file: path)
    }
  }

  /// Copies the bytes of `source` to `offset`, inside the kernel as far as it can.
  func copy(_ source: StoredData, to offset: Int) throws(FormatError) {
    let count = source.range.count
    let done =
      try source.file.withDescriptor(of: source.range) { input, start throws(FormatError) in
        try copy(from: input, at: start, count: count, to: offset)
      } ?? 0
    for lower in stride(from: done, to: count, by: Self.pieceByteCount) {
      let upper = min(lower + Self.pieceByteCount, count)
      let start = source.range.lowerBound
      do {
        try source.file.withData(of: start + lower..<start + upper) {
          try write($0, at: offset + lower)
        }
      } catch let error as FormatError {
        throw error
      } catch {
        throw FormatError(.inputOutput, file: path, "\(error)")
      }
      source.file.releaseData(start + lower..<start + upper)
    }
    startWriteback(of: offset..<(offset + count))
  }

  /// Copies the whole of `source`, whose open file is `descriptor`.
  func copy(_ source: borrowing MappedFile, _ descriptor: CInt) throws(FormatError) {
    let count = source.byteCount
    let done = try copy(from: descriptor, at: 0, count: count, to: 0)
    try source.withBytes(of: done..<count) { bytes throws(FormatError) in
      try write(bytes, at: done)
    }
  }

  /// The number of bytes that the kernel copied; fewer than `count` where it cannot.
  private func copy(
    from input: CInt, at start: Int, count: Int, to offset: Int
  ) throws(FormatError) -> Int {
    let done = lorac_copy_range(input, Int64(start), descriptor, Int64(offset), Int64(count))
    if done < count, errno == ENOSPC || errno == EIO || errno == EFBIG {
      throw .lastSystemError(.inputOutput, file: path, doing: "cannot write")
    }
    return Int(done)
  }

  private static let pieceByteCount = 4 << 20

  /// Writes `bytes` at `offset`; safe from several threads at once.
  package func write(_ bytes: RawSpan, at offset: Int) throws(FormatError) {
    try Descriptor.writeAll(bytes, to: descriptor, at: offset, file: path)
  }

  /// Starts to move what was written at `range` to the disk, so that ``commit()`` waits less.
  package func startWriteback(of range: Range<Int>) {
    lorac_start_writeback(descriptor, Int64(range.lowerBound), Int64(range.count))
  }

  /// Gives the file its name; where `isDurable`, also a crash of the machine leaves it whole.
  package consuming func commit(isDurable: Bool = true) throws(FormatError) {
    try complete(isDurable: isDurable)
  }

  /// Gives the file its name together with the others of `batch`; at once where there is none.
  package consuming func commit(with batch: OutputBatch?) throws(FormatError) {
    if let batch { try batch.add(SharedOutput(self)) } else { try commit() }
  }

  /// Writes what was kept back.
  func flush() throws(FormatError) {
    let parts = edges.withLock { edges in
      defer { edges = [] }
      return edges.sorted { $0.offset < $1.offset }
    }
    for part in parts {
      try part.bytes.withRawBytes { bytes throws(FormatError) in try write(bytes, at: part.offset) }
    }
  }

  /// Returns when the content is on the disk.
  func sync() throws(FormatError) {
    guard fsync(descriptor) == 0 else {
      throw .lastSystemError(.inputOutput, file: path, doing: "cannot finish writing")
    }
  }

  /// Returns when the contents of all files beside this one are on the disk too.
  func syncSystem() throws(FormatError) {
    guard lorac_sync_system(descriptor) == 0 else {
      throw .lastSystemError(.inputOutput, file: path, doing: "cannot finish writing")
    }
  }

  /// Gives the file its name, in the place of whatever has it.
  func rename() throws(FormatError) {
    // SAFETY: terminated paths.
    guard unsafe Glibc.rename(temporary, target) == 0 else {
      throw .lastSystemError(.cannotCreate, file: path, doing: "cannot put the output in place")
    }
  }

  /// A number of the file system that the file is on.
  var device: Int {
    var info = stat()
    // SAFETY: `info` is ours.
    return unsafe fstat(descriptor, &info) == 0 ? Int(truncatingIfNeeded: info.st_dev) : 0
  }

  /// The SHA-256 and the size of what was written, and whether the file of this name holds the same.
  func content() throws(FormatError) -> (sha256: String, byteCount: Int, isUnchanged: Bool) {
    let written = try MappedFile(path: temporary)
    let sha256 = ContentHash.sha256(of: written)
    var isSame = hasStart(of: written)
    if isSame { isSame = try ContentHash.sha256(ofFile: target) == sha256 }
    return (sha256, written.byteCount, isSame)
  }

  /// Whether the file of this name is as large as `written` and starts with the same bytes; most that
  /// differ do so in their headers.
  private func hasStart(of written: borrowing MappedFile) -> Bool {
    guard FileStamp(ofFile: target)?.byteCount == written.byteCount,
      let old = try? MappedFile(path: target), old.byteCount == written.byteCount
    else { return false }
    let start = 0..<min(written.byteCount, Self.startByteCount)
    return old.copy(start) == written.copy(start)
  }

  private static let startByteCount = 1 << 20

  /// The same for a file that others still refer to, who must not write any more.
  func complete(isDurable: Bool = true) throws(FormatError) {
    try flush()
    if isDurable { try sync() }
    try rename()
    guard isDurable else { return }
    let folder = unsafe open(Folder.split(target).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }
}

/// Calls on a file descriptor that retry until all is done.
enum Descriptor {
  /// Writes all of `bytes` at `offset`, or where the descriptor stands if `offset` is nil.
  static func writeAll(
    _ bytes: RawSpan, to descriptor: CInt, at offset: Int?, file: String
  ) throws(FormatError) {
    var done = 0
    while done < bytes.byteCount {
      let rest = bytes.extracting(done..<bytes.byteCount)
      // SAFETY: the pointer is used within the call, for as many bytes as the span has.
      let count = unsafe rest.withUnsafeBytes { pointer in
        if let offset {
          unsafe pwrite(descriptor, pointer.baseAddress, pointer.count, off_t(offset + done))
        } else {
          unsafe write(descriptor, pointer.baseAddress, pointer.count)
        }
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw .lastSystemError(.inputOutput, file: file, doing: "cannot write")
      }
      done += count
    }
  }
}

extension OutputFile {
  /// Starts a file at `path` that holds `text`; it appears when it is committed.
  package static func start(
    _ text: String, at path: String, replaces: Bool
  ) throws(FormatError) -> OutputFile {
    try start(Array(text.utf8), at: path, replaces: replaces)
  }

  private static func start(
    _ bytes: [UInt8], at path: String, replaces: Bool
  ) throws(FormatError) -> OutputFile {
    let file = try OutputFile(path: path, byteCount: bytes.count, replaces: replaces)
    try bytes.withRawBytes { bytes throws(FormatError) in try file.write(bytes, at: 0) }
    return file
  }

  /// Writes `text` as the whole content of the file at `path`.
  package static func write(_ text: String, to path: String, replaces: Bool) throws(FormatError) {
    try start(text, at: path, replaces: replaces).commit()
  }

  /// Writes `bytes` as the whole content of the file at `path`, for a reader that can tell whether
  /// they are whole: a crash of the machine may lose them.
  package static func writeUnsynced(_ bytes: [UInt8], to path: String) throws(FormatError) {
    try start(bytes, at: path, replaces: true).commit(isDurable: false)
  }

  /// Checks that `path` can be the name of an output, as far as that can be known before.
  ///
  /// - Parameters:
  ///   - path: where a file is to appear.
  ///   - replaces: whether a file that is there may be replaced.
  ///   - mayLackFolder: whether the folder will be made.
  /// - Throws: `FormatError` of kind `cannotCreate`.
  package static func check(
    _ path: String, replaces: Bool, mayLackFolder: Bool
  ) throws(FormatError) {
    try checkTarget(path, replaces: replaces)
    let folder = Folder.split(path).folder
    guard mayLackFolder || Folder.isFolder(folder) else {
      throw FormatError(
        .cannotCreate, file: path, "cannot create the output: No such file or directory",
        remedy: "create the folder '\(printable(folder))' first")
    }
    let found = Folder.nearest(folder)
    guard Folder.isFolder(found) else {
      throw FormatError(
        .cannotCreate, file: path, "cannot create the output: '\(printable(found))' is not a folder"
      )
    }
    guard Folder.isWritable(found) else {
      throw FormatError(
        .cannotCreate, file: path,
        "cannot create the output: the folder '\(printable(found))' cannot be written to")
    }
  }
}
