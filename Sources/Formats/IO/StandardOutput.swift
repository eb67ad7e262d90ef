internal import Glibc

/// Standard output as a place for binary results.
package enum StandardOutput {
  package static func write(_ bytes: RawSpan) throws(FormatError) {
    try Descriptor.writeAll(bytes, to: STDOUT_FILENO, at: nil, file: "standard output")
  }

  /// Writes `text` and a line's end.
  ///
  /// - Throws: `FormatError` of kind `inputOutput`, for instance when the disk is full.
  package static func print(_ text: String) throws(FormatError) {
    try Array((text + "\n").utf8).withRawBytes { bytes throws(FormatError) in try write(bytes) }
  }

  package static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

package enum StandardError {
  package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Writes `text`; a failure to do so is nobody's to hear.
  package static func write(_ text: String) {
    let bytes = [UInt8](text.utf8)
    try? bytes.withRawBytes {
      try Descriptor.writeAll($0, to: STDERR_FILENO, at: nil, file: "standard error")
    }
  }
}
