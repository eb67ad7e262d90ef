internal import Glibc
internal import Synchronization

/// A file mapped read-only into memory, unmapped when the value goes away.
///
/// The only holder of a pointer to an input. Bytes leave it as a `RawSpan`, which the
/// compiler keeps from outliving the call. A mapped file that another process cuts short
/// raises SIGBUS: inputs must stay as they are while lorac runs.
@safe
package struct MappedFile: ~Copyable, Sendable {
  private nonisolated(unsafe) let start: UnsafeRawPointer?
  package let byteCount: Int
  /// The open file, for reads of a few bytes; -1 when it is closed.
  private let descriptor: Mutex<CInt>

  /// Maps the whole of the file at `path`.
  ///
  /// - Throws: `FormatError` of kind `unreadable` when the file is missing, a folder, or closed to us.
  package init(path: String) throws(FormatError) {
    // SAFETY: the path is a terminated string for the length of the call. Without O_NONBLOCK a pipe
    // would keep it waiting.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .lastSystemError(.unreadable, file: path) }
    do {
      try self.init(descriptor: descriptor, name: path)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Maps the whole of the open file `descriptor`, which errors call `name`, and owns it from then.
  init(descriptor: CInt, name: String) throws(FormatError) {
    var info = stat()
    // SAFETY: `info` is ours.
    guard unsafe fstat(descriptor, &info) == 0 else {
      throw .lastSystemError(.unreadable, file: name)
    }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw FormatError(
        .unreadable, file: name, info.st_mode & S_IFMT == S_IFDIR ? "is a folder" : "is not a file")
    }
    let size = Int(info.st_size)
    guard size > 0 else {
      unsafe start = nil
      byteCount = 0
      self.descriptor = Mutex(descriptor)
      return
    }
    // SAFETY: the result is checked, and this value alone owns the mapping.
    guard let mapping = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe mapping != MAP_FAILED
    else { throw .lastSystemError(.unreadable, file: name) }
    unsafe start = UnsafeRawPointer(mapping)
    byteCount = size
    self.descriptor = Mutex(descriptor)
  }

  deinit {
    closeDescriptor()
    // SAFETY: the mapping is ours, and no span of it outlives a call of `withBytes`.
    if let start = unsafe start {
      unsafe munmap(UnsafeMutableRawPointer(mutating: start), byteCount)
    }
  }

  /// Calls `body` with the bytes of `range`.
  ///
  /// - Precondition: `range` lies within the file.
  package func withBytes<Result, Failure>(
    of range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    guard let start = unsafe start, !range.isEmpty else { return try body(RawSpan()) }
    // SAFETY: the range was checked, and the mapping outlives this call.
    return try body(
      unsafe RawSpan(_unsafeStart: start + range.lowerBound, byteCount: range.count))
  }

  /// Closes the file itself; what is mapped stays.
  ///
  /// Many files can be mapped, but not open, at once.
  package func closeDescriptor() {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }

  /// The open file; nil when it is closed.
  var openDescriptor: CInt? {
    descriptor.withLock { $0 >= 0 ? $0 : nil }
  }

  /// A copy of the bytes of `range`, read without mapping them where the file is still open.
  ///
  /// Touching a page brings its whole neighbourhood into memory; for a few bytes here and there
  /// that is most of a file.
  package func copy(_ range: Range<Int>) -> [UInt8] {
    let bytes: [UInt8]? = descriptor.withLock { descriptor in
      guard descriptor >= 0 else { return nil }
      // SAFETY: pread fills at most the capacity that it is given.
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
        count = max(
          0, unsafe pread(descriptor, buffer.baseAddress, range.count, off_t(range.lowerBound)))
      }
      return bytes.count == range.count ? bytes : nil
    }
    return bytes ?? withBytes(of: range) { $0.copied() }
  }

  /// Lets the kernel take back the memory of `range`; a later read loads it again.
  ///
  /// Keeps the resident size bounded by what is in use, whatever the size of the file.
  package func release(_ range: Range<Int>) {
    // The kernel also maps the neighbours of a page that is touched, within aligned 64 KiB.
    let block = 64 << 10
    let lower = range.lowerBound / block * block
    let upper = min(byteCount, (range.upperBound + block - 1) / block * block)
    guard let start = unsafe start, lower < upper else { return }
    // SAFETY: from the start of a page and within our own read-only mapping; whoever still reads
    // there gets the same bytes again.
    unsafe madvise(
      UnsafeMutableRawPointer(mutating: start + lower), upper - lower, CInt(MADV_DONTNEED))
  }
}

extension FormatError {
  /// What `errno` says about `file`.
  static func lastSystemError(
    _ kind: Kind, file: String, doing: String? = nil, remedy: String? = nil
  ) -> FormatError {
    let code = errno
    // SAFETY: strerror returns a terminated string.
    let cause = unsafe String(cString: strerror(code))
    // Arguments become text, with this character in place of what is not UTF-8.
    if kind == .unreadable, code == ENOENT, file.unicodeScalars.contains("\u{FFFD}") {
      return FormatError(
        kind, file: file, "\(cause); if it is there, its name is not UTF-8, and cannot be opened",
        remedy: "rename it")
    }
    return FormatError(
      code == ENOSPC ? .inputOutput : kind, file: file,
      [doing, cause].compactMap(\.self).joined(separator: ": "),
      remedy: code == ENOSPC ? "free some space, or write to another disk" : remedy)
  }
}
