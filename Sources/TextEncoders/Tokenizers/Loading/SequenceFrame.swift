internal import Formats

/// The ids that stand before and after a text's own tokens.
struct SequenceFrame {
  var opening: [Int] = []
  var closing: [Int] = []

  init(opening: [Int], closing: [Int]) { (self.opening, self.closing) = (opening, closing) }

  /// Reads the `post_processor` of a `tokenizer.json`; no frame if there is none.
  ///
  /// - Throws: `FormatError` that names the kind where one is not implemented.
  init(_ document: TokenizerDocument) throws(FormatError) {
    let components = try TokenizerComponent.list(
      document.postProcessor, members: "processors", role: "post_processor",
      file: document.file)
    var frames: [SequenceFrame] = []
    for component in components where component.kind != "ByteLevel" {
      guard frames.isEmpty else { throw component.unsupported(with: "another frame before it") }
      frames.append(try Self.frame(component))
    }
    self = frames.first ?? SequenceFrame(opening: [], closing: [])
  }

  private static func frame(_ component: TokenizerComponent) throws(FormatError) -> SequenceFrame {
    switch component.kind {
    case "RobertaProcessing", "BertProcessing":
      func id(_ member: String) throws(FormatError) -> Int {
        guard let pair = component[member]?.elements, pair.count == 2,
          let id = tokenId(pair[1])
        else { throw component.fault("'\(member)' of '\(component.kind)' is not [token, id]") }
        return id
      }
      return SequenceFrame(opening: [try id("cls")], closing: [try id("sep")])
    case "TemplateProcessing":
      return try template(component)
    default:
      throw component.unsupported()
    }
  }

  private static func template(
    _ component: TokenizerComponent
  ) throws(FormatError) -> SequenceFrame {
    guard let parts = component["single"]?.elements else {
      throw component.fault("'TemplateProcessing' has no list 'single'")
    }
    var (frame, texts) = (SequenceFrame(opening: [], closing: []), 0)
    for part in parts {
      let type = (part["Sequence"] ?? part["SpecialToken"])?["type_id"]?.integerValue
      guard type ?? 0 == 0 else { throw component.unsupported(with: "a type_id other than 0") }
      if part["Sequence"] != nil {
        texts += 1
      } else {
        let ids = try ids(of: part, in: component)
        if texts == 0 { frame.opening += ids } else { frame.closing += ids }
      }
    }
    guard texts == 1 else {
      throw component.fault("'single' of 'TemplateProcessing' has \(texts) texts, expected 1")
    }
    return frame
  }

  /// The ids of a special token in a template.
  private static func ids(
    of part: JSONValue, in component: TokenizerComponent
  ) throws(FormatError) -> [Int] {
    guard let name = part["SpecialToken"]?["id"]?.stringValue,
      let listed = component["special_tokens"]?[name]?["ids"]?.elements
    else {
      throw component.fault(
        "'TemplateProcessing' does not say which ids \(excerpt(part.compact)) stands for")
    }
    let ids = listed.compactMap(tokenId)
    guard ids.count == listed.count else {
      throw component.fault(
        "an id of '\(excerpt(name))' is not a number from 0 to \(TokenTable.idLimit - 1)")
    }
    return ids
  }

  /// `value` as an id, if it can be one.
  static func tokenId(_ value: JSONValue) -> Int? {
    guard let id = value.integerValue, (0..<TokenTable.idLimit).contains(id) else { return nil }
    return id
  }
}
