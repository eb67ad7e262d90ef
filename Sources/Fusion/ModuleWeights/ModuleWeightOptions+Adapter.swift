package import Formats

extension ModuleWeightOptions {
  private static let sizeLimit = 64 << 20

  /// How many numbers the presets of web UIs have.
  package static var presetCounts: [Int] {
    Set(BlockPreset.allCases.flatMap(\.forms).map(\.count)).sorted()
  }

  /// The factors of one adapter in the file at `path`, as the JSON of ``MergeRequest/Adapter``.
  ///
  /// The file is an object of patterns, the numbers of a preset as a list, or these numbers alone with
  /// commas, as web UIs have them.
  ///
  /// - Throws: `FormatError` for a file that is no text.
  package static func adapterBlockWeights(at path: String) throws(FormatError) -> String {
    let bytes = try Folder.bytes(ofFile: path, limit: sizeLimit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError(.unacceptable, file: path, "is not UTF-8 text")
    }
    let start = text.first { !$0.isWhitespace }
    guard let start, !"{[\"".contains(start) else { return text }
    return JSONValue.string(text.split(whereSeparator: \.isWhitespace).joined()).compact
  }
}
