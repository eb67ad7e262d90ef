internal import FoundationEssentials

/// What a file beside an adapter says of it.
///
/// Read tolerantly: `NAME.civitai.info` (Civitai's model version) and `NAME.json` (the web UI's
/// notes) have different members, and both may come with members of another kind.
struct Sidecar: Equatable {
  /// The file's name, without its folder.
  let fileName: String
  /// The model's name.
  let title: String?
  /// Plain text, shortened.
  let description: String?
  /// In the order of the file.
  let triggers: [String]

  /// - Returns: `nil` when `json` is not an object.
  init?(fileName: String, json: Data) {
    guard let members = LenientJSON.decode(Members.self, from: json) else { return nil }
    self.fileName = fileName
    title = KeyText.meaningful(members.title)
    description = members.description
      .flatMap { KeyText.meaningful(PlainText.strippingTags($0)) }
      .map(KeyText.shortened)
    triggers = members.triggers.flatMap { KeyText.phrases($0) }
  }

  private struct Members: Decodable {
    let title: String?
    let description: String?
    let triggers: [String]

    init(from decoder: any Decoder) throws {
      let file = try decoder.container(keyedBy: LenientJSON.Name.self)
      let model = LenientJSON.object("model", in: file)
      title = LenientJSON.text("name", in: model)
      description = [file, model].lazy
        .compactMap { LenientJSON.text("description", in: $0) }
        .first { KeyText.meaningful(PlainText.strippingTags($0)) != nil }
      triggers = ["activation text", "trainedWords", "instance_prompt"]
        .flatMap { LenientJSON.texts($0, in: file) }
    }
  }
}
