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

  /// Writes `lines`, each with a line's end, a piece at a time.
  ///
  /// - Throws: `FormatError` of kind `inputOutput`, for instance when the disk is full.
  package static func print(lines: some Sequence<String>) throws(FormatError) {
    var piece: [UInt8] = []
    for line in lines {
      piece += line.utf8
      piece.append(UInt8(ascii: "\n"))
      guard piece.count >= 1 << 16 else { continue }
      try piece.withRawBytes { bytes throws(FormatError) in try write(bytes) }
      piece.removeAll(keepingCapacity: true)
    }
    try piece.withRawBytes { bytes throws(FormatError) in try write(bytes) }
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
