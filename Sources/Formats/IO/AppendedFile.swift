internal import Glibc
internal import Synchronization

/// A file that pieces are added to, each as a whole as far as other processes can see.
///
/// A crash may leave the last piece in parts; its reader has to tell.
package final class AppendedFile: Sendable {
  private let path: String
  private let descriptor: CInt

  /// Opens the file at `path`, which is made if it is not there.
  ///
  /// - Throws: `FormatError` of kind `cannotCreate`.
  package init(path: String) throws(FormatError) {
    self.path = path
    // SAFETY: a terminated path for the length of the call.
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .lastSystemError(.cannotCreate, file: path, doing: "cannot open")
    }
  }

  /// Adds `text` at the end.
  package func append(_ text: String) throws(FormatError) {
    try Array(text.utf8).withRawBytes { bytes throws(FormatError) in
      try Descriptor.writeAll(bytes, to: descriptor, at: nil, file: path)
    }
  }

  deinit { close(descriptor) }
}
