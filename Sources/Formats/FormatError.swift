/// Why a file could not be read or written: where, what is wrong, and how to go on.
package struct FormatError: Error, Hashable {
  /// The classes of failure that callers tell apart, as they decide the exit status.
  package enum Kind: Hashable, Sendable {
    /// The file is missing or may not be read.
    case unreadable
    /// The file was read, and what it holds is not acceptable.
    case unacceptable
    /// The file is sound as far as can be told, and holds what this version does not compute.
    case unsupported
    /// The output cannot be created.
    case cannotCreate
    /// Reading or writing failed underway.
    case inputOutput
    /// Something else is at work there; the same may succeed later.
    case busy
  }

  package var kind: Kind
  /// The file, as the user named it.
  package var file: String
  /// The tensor, module or byte within the file, in words.
  package var place: String?
  package var problem: String
  package var remedy: String?
  /// Which of the known faults it is; nil where only the kind is told.
  package var code: FindingCode?

  package init(
    _ kind: Kind, file: String, place: String? = nil, _ problem: String, remedy: String? = nil,
    code: FindingCode? = nil
  ) {
    (self.kind, self.file, self.place) = (kind, file, place)
    (self.problem, self.remedy, self.code) = (problem, remedy, code)
  }

  /// A fault in the content of `file`.
  static func unacceptable(
    _ file: String, place: String? = nil, _ problem: String, remedy: String? = nil,
    code: FindingCode? = nil
  ) -> FormatError {
    FormatError(.unacceptable, file: file, place: place, problem, remedy: remedy, code: code)
  }
}

extension FormatError: CustomStringConvertible {
  /// One line: `FILE: PLACE: what is wrong`.
  package var description: String {
    [printable(file), place, problem].compactMap(\.self).joined(separator: ": ")
  }
}

/// `text` with control characters escaped, so that no file can steer a terminal.
package func printable(_ text: String) -> String {
  guard !text.isPrintableASCII, text.unicodeScalars.contains(where: isUnprintable) else {
    return text
  }
  var result = ""
  for scalar in text.unicodeScalars {
    if isUnprintable(scalar) {
      result += "\\u{\(String(scalar.value, radix: 16))}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

extension String {
  /// Whether the text is ASCII without controls, as almost every name is.
  package var isPrintableASCII: Bool {
    let bytes = utf8Span.span
    for index in bytes.indices where !(0x20..<0x7F).contains(bytes[index]) { return false }
    return true
  }
}

/// Whether `scalar` is a control, or reorders or hides the text around it.
private func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
  guard scalar.value < 0x20 || scalar.value >= 0x7F else { return false }
  return switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
  default: false
  }
}
