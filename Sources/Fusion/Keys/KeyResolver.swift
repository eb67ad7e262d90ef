internal import Formats
internal import FoundationEssentials

/// Finds the key of an adapter.
///
/// It is the first that exists of
///
/// 1. texts given with the command;
/// 2. texts of the recipe;
/// 3. the metadata entry `lorac.key`, a text or a JSON list of texts;
/// 4. a sidecar's description, else its trigger words, else its model name;
/// 5. `modelspec.description`, else `modelspec.trigger_phrase`, else `modelspec.tags`;
/// 6. the most frequent tags of `ss_tag_frequency`;
/// 7. the words of the file's name.
///
/// A description or tags are prefixed with the title. "title: description" selects better than
/// either part, also where the file has a trigger phrase; the phrase then serves as a trigger
/// word.
package struct KeyResolver: Sendable {
  /// What is known of the adapter: `__metadata__` of its file.
  private let metadata: [String: String]
  private let path: String
  private let sidecars: [Sidecar]
  private let notes: [String]

  /// Looks for sidecars beside `path`.
  ///
  /// - Parameters:
  ///   - path: of the adapter's file or folder; it need not exist.
  ///   - metadata: of the adapter's file.
  package init(path: String, metadata: [String: String]) {
    (self.path, self.metadata) = (path, metadata)
    (sidecars, notes) = SidecarFile.read(beside: path)
  }

  /// Chooses among the sources.
  ///
  /// - Parameters:
  ///   - explicit: texts given with the command; embedded as they stand.
  ///   - recipe: texts of the recipe; embedded as they stand.
  /// - Returns: a key, always: a file has a name.
  package func key(explicit: [String] = [], recipe: [String] = []) -> AdapterKey {
    let found =
      given(explicit, .option) ?? given(recipe, .recipe) ?? ownEntry() ?? sidecarText()
      ?? modelspecText() ?? frequentTags()
      ?? ([KeyText.words(ofStem: AdapterPath.name(of: path))], .fileName)
    return AdapterKey(texts: found.texts, source: found.source, triggers: triggers, notes: notes)
  }

  private typealias Found = (texts: [String], source: KeySource)

  private func entry(_ name: String) -> String? { KeyText.meaningful(metadata[name]) }

  private func given(_ texts: [String], _ source: KeySource) -> Found? {
    texts.isEmpty ? nil : (texts, source)
  }

  private func ownEntry() -> Found? {
    guard let text = entry("lorac.key") else { return nil }
    let list = LenientJSON.decode([String].self, from: Data(text.utf8)) ?? [text]
    let texts = list.prefix(100).compactMap(KeyText.meaningful).map(KeyText.shortened)
    return given(texts, .metadata("lorac.key"))
  }

  private func sidecarText() -> Found? {
    for sidecar in sidecars {
      let words = sidecar.triggers.joined(separator: ", ")
      let text =
        sidecar.description.map { KeyText.titled(title, $0) }
        ?? KeyText.meaningful(words).map(KeyText.shortened) ?? sidecar.title
      if let text { return ([text], .sidecar(sidecar.fileName)) }
    }
    return nil
  }

  private func modelspecText() -> Found? {
    let description = KeyText.meaningful(
      entry("modelspec.description").map(PlainText.strippingTags))
    if let description {
      let text = KeyText.titled(title, KeyText.shortened(description))
      return ([text], .metadata("modelspec.description"))
    }
    if let phrase = entry("modelspec.trigger_phrase") {
      return ([KeyText.shortened(phrase)], .metadata("modelspec.trigger_phrase"))
    }
    return entry("modelspec.tags").map {
      ([KeyText.titled(title, KeyText.shortened($0))], .metadata("modelspec.tags"))
    }
  }

  private func frequentTags() -> Found? {
    let tags = TagFrequency.topTags(metadata["ss_tag_frequency"] ?? "")
    guard !tags.isEmpty else { return nil }
    let text = KeyText.shortened(tags.joined(separator: ", "))
    return ([KeyText.titled(title, text)], .metadata("ss_tag_frequency"))
  }

  private var title: String {
    entry("modelspec.title") ?? sidecars.lazy.compactMap(\.title).first
      ?? entry("ss_output_name").map(KeyText.words(ofStem:))
      ?? KeyText.words(ofStem: AdapterPath.name(of: path))
  }

  /// Trigger words of every source, each once.
  private var triggers: [String] {
    let words =
      KeyText.phrases(metadata["modelspec.trigger_phrase"])
      + sidecars.flatMap(\.triggers) + KeyText.phrases(metadata["instance_prompt"])
    var seen: Set<String> = []
    return Array(words.filter { seen.insert($0).inserted }.prefix(1000))
  }
}
