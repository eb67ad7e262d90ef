internal import Formats

/// One normaliser, pre-tokenizer, post-processor or model of a `tokenizer.json`.
struct TokenizerComponent {
  let kind: String
  private let document: JSONValue
  /// The file, and the member in it that errors name.
  private let file: String
  private let role: String

  /// The components in `document`, the member `role`: none if it is null, those of a `Sequence` in
  /// order, from the list that is called `members`.
  static func list(
    _ document: JSONValue, members: String, role: String, file: String
  ) throws(FormatError) -> [TokenizerComponent] {
    if document == .null { return [] }
    let component = try TokenizerComponent(document, kind: nil, role: role, file: file)
    guard component.kind == "Sequence" else { return [component] }
    guard let elements = document[members]?.elements else {
      throw component.fault("'Sequence' has no list '\(members)'")
    }
    var list: [TokenizerComponent] = []
    for element in elements {
      list += try self.list(element, members: members, role: role, file: file)
    }
    return list
  }

  /// The object `document`, which is of `kind` if it does not say so itself.
  init(_ document: JSONValue, kind: String?, role: String, file: String) throws(FormatError) {
    (self.document, self.role, self.file) = (document, role, file)
    guard let kind = document["type"]?.stringValue ?? kind else {
      throw FormatError(.unacceptable, file: file, place: role, "has no 'type'")
    }
    self.kind = kind
  }

  subscript(member: String) -> JSONValue? {
    let value = document[member]
    return value == .null ? nil : value
  }

  /// The truth value of `member`, `standard` where it is missing.
  func flag(_ member: String, or standard: Bool) throws(FormatError) -> Bool {
    guard let value = self[member] else { return standard }
    guard let flag = value.boolValue else {
      throw fault("'\(member)' of '\(excerpt(kind))' is not true or false")
    }
    return flag
  }

  /// The text of `member`, if it is there.
  func text(_ member: String) throws(FormatError) -> String? {
    guard let value = self[member] else { return nil }
    guard let text = value.stringValue else {
      throw fault("'\(member)' of '\(excerpt(kind))' is not a string")
    }
    return text
  }

  /// A fault in what is written there.
  func fault(_ problem: String) -> FormatError {
    FormatError(.unacceptable, file: file, place: role, problem)
  }

  /// The refusal of this kind, or of this kind `with` something.
  func unsupported(with detail: String? = nil) -> FormatError {
    let detail = detail.map { " with \($0)" } ?? ""
    return FormatError(
      .unsupported, file: file, place: role, "kind '\(excerpt(kind))'\(detail) is not supported")
  }
}
