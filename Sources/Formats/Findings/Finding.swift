/// Something that is wrong with a file, or that a careful user would want to know of it.
package struct Finding: Hashable, Sendable {
  package let code: FindingCode
  /// Where in the file, in words; nil for the whole of it.
  package let place: String?
  /// What is wrong there, to be read after the place.
  package let message: String
  /// How to go on.
  package let remedy: String

  package init(
    _ code: FindingCode, place: String? = nil, _ message: String, remedy: String? = nil
  ) {
    (self.code, self.place, self.message) = (code, place, message)
    self.remedy = remedy ?? code.remedy
  }

  /// What the error says, found while reading `path`; another file is named in the place.
  package init(_ error: FormatError, path: String) {
    let isOther = error.file != path && !error.file.isEmpty
    let places = [isOther ? Folder.split(error.file).name : nil, error.place]
    let place = places.compactMap(\.self).joined(separator: ", ")
    self.init(
      error.code ?? Self.code(of: error.kind), place: place.isEmpty ? nil : place, error.problem,
      remedy: error.remedy)
  }

  private static func code(of kind: FormatError.Kind) -> FindingCode {
    switch kind {
    case .unreadable: .unreadable
    case .inputOutput, .cannotCreate, .busy: .readFailed
    case .unacceptable, .unsupported: .refused
    }
  }

  package var severity: FindingCode.Severity { code.severity }

  /// Place and message as one sentence.
  package var sentence: String { [place, message].compactMap(\.self).joined(separator: " ") }
}
