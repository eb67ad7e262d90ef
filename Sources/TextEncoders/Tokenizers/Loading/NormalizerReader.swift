internal import Formats

extension Normalizer {
  /// Reads the `normalizer` of a `tokenizer.json`.
  ///
  /// - Throws: `FormatError` that names the kind where one is not implemented.
  init(_ document: TokenizerDocument) throws(FormatError) {
    let components = try TokenizerComponent.list(
      document.normalizer, members: "normalizers", role: "normalizer", file: document.file)
    var steps: [Step] = []
    for component in components { steps.append(try Self.step(component)) }
    self.init(steps)
  }

  private static func step(_ component: TokenizerComponent) throws(FormatError) -> Step {
    switch component.kind {
    case "NFC": return .composed
    case "NFD": return .decomposed
    case "Lowercase": return .lowercase
    case "BertNormalizer": return .bert(try BertCleaning(component))
    case "Replace":
      let pattern = component["pattern"] ?? .null
      guard pattern["Regex"]?.stringValue == #"\s+"#, try component.text("content") == " " else {
        throw component.unsupported(with: "the pattern \(excerpt(pattern.compact))")
      }
      return .singleSpaces
    default: throw component.unsupported()
    }
  }
}

extension BertCleaning {
  fileprivate init(_ component: TokenizerComponent) throws(FormatError) {
    let lowercases = try component.flag("lowercase", or: true)
    self = []
    if try component.flag("clean_text", or: true) { insert(.cleansText) }
    if try component.flag("handle_chinese_chars", or: true) { insert(.spacesIdeographs) }
    if try component.flag("strip_accents", or: lowercases) { insert(.stripsAccents) }
    if lowercases { insert(.lowercases) }
  }
}
