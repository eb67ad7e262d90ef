internal import Glibc

/// Bytes kept on disk in a file without a name, gone when the last reference is.
final class SpooledFile: Sendable {
  private let mapping: MappedFile

  fileprivate init(_ mapping: consuming MappedFile) { self.mapping = mapping }

  func withBytes<Result>(
    of range: Range<Int>, _ body: (RawSpan) throws -> Result
  ) throws -> Result {
    defer { mapping.release(range) }
    return try mapping.withBytes(of: range, body)
  }
}

/// Fills a ``SpooledFile`` in the folder for temporary files (`TMPDIR`, else `/tmp`).
final class SpoolWriter {
  private let descriptor: CInt
  private let folder: String
  /// Whether the file is still closed here; once mapped, the mapping owns it.
  private var isOwner = true
  private(set) var byteCount = 0

  init() throws(FormatError) {
    // SAFETY: getenv's string is copied at once.
    folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/lorac-XXXXXX".utf8CString)
    // SAFETY: mkstemp changes the six last characters of the terminated array.
    descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else {
      throw .lastSystemError(
        .inputOutput, file: folder, doing: "cannot create a temporary file",
        remedy: "set TMPDIR to a folder with space")
    }
    unsafe unlink(template)
  }

  deinit { if isOwner { close(descriptor) } }

  func append(_ bytes: RawSpan) throws(FormatError) {
    try Descriptor.writeAll(
      bytes, to: descriptor, at: byteCount, file: "temporary file in \(folder)")
    byteCount += bytes.byteCount
  }

  func finish() throws(FormatError) -> SpooledFile {
    let file = SpooledFile(
      try MappedFile(descriptor: descriptor, name: "temporary file in \(folder)"))
    isOwner = false
    return file
  }
}
