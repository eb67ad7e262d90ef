/// The tags `<lora:name:weight>`, `<lyco:…>` and `<hypernet:…>` of a prompt.
struct AdapterTags {
  /// The names, in order, each once.
  private(set) var names: [String] = []
  /// The text with a space in each tag's place.
  private(set) var remainder = ""

  private static let kinds = ["lora:", "lyco:", "hypernet:"]

  init(in text: String) {
    var seen: Set<Substring> = []
    var parts = text.split(separator: "<", omittingEmptySubsequences: false)[...]
    remainder += parts.popFirst() ?? ""
    for part in parts {
      guard let kind = Self.kinds.first(where: part.hasPrefix),
        let end = part.firstIndex(of: ">"),
        let name = part[..<end].dropFirst(kind.count).split(separator: ":").first
      else {
        remainder += "<" + part
        continue
      }
      if seen.insert(name).inserted { names.append(String(name)) }
      remainder += " " + part[part.index(after: end)...]
    }
  }
}
