internal import Formats
package import Fusion

/// A recipe to start from: adapters as they were found, explained, and a target that can be built.
package struct RecipeTemplate {
  /// An adapter and how the recipe calls it.
  package struct Adapter {
    package let name: String
    /// From the recipe's folder.
    package let file: String
    package let inspection: FileInspection
  }

  package let adapters: [Adapter]
  /// Files that are not in the recipe, each with the reason.
  package let skipped: [(path: String, reason: String)]

  /// - Parameters:
  ///   - inspections: what was found, of any kind.
  ///   - folder: where the recipe is written.
  package init(_ inspections: [FileInspection], folder: String) {
    var (adapters, skipped): ([Adapter], [(path: String, reason: String)]) = ([], [])
    var names: Set<String> = []
    var files: Set<PathIdentity> = []
    for inspection in inspections {
      guard inspection.kind == .adapter else {
        skipped.append((inspection.path, "is no adapter"))
        continue
      }
      let file = Self.file(inspection.path, from: folder)
      guard !file.contains(where: \.isNewline), file.unicodeScalars.allSatisfy(TextFile.isAllowed)
      else {
        skipped.append((inspection.path, "its name has characters that a recipe cannot hold"))
        continue
      }
      guard files.insert(PathIdentity(inspection.path)).inserted else { continue }
      let name = Self.name(of: inspection.path, notIn: names)
      names.insert(name)
      adapters.append(Adapter(name: name, file: file, inspection: inspection))
    }
    (self.adapters, self.skipped) = (adapters, skipped)
  }

  /// How a recipe in `folder` calls `path`; in full where that was given and leads elsewhere.
  private static func file(_ path: String, from folder: String) -> String {
    let relative = PathIdentity(path).relative(to: PathIdentity(folder))
    return path.hasPrefix("/") && relative.hasPrefix("../") ? path : relative
  }

  /// The file's stem; with its folder, or a number, where that is taken.
  private static func name(of path: String, notIn taken: Set<String>) -> String {
    let stem = AdapterPath.name(of: path)
    guard taken.contains(stem) else { return stem }
    let folder = Folder.split(Folder.split(Folder.trimmed(path)).folder).name
    let inFolder = "\(folder)-\(stem)"
    if folder != "", folder != ".", !taken.contains(inFolder) { return inFolder }
    var number = 2
    while taken.contains("\(stem)-\(number)") { number += 1 }
    return "\(stem)-\(number)"
  }

  // MARK: The example

  /// The adapters that the example target may choose from: those for the model that most are for,
  /// without those that need the base; all where every one needs it.
  package var exampleAdapters: [Adapter] {
    let free = adapters.filter { !$0.needsBase }
    let candidates = free.isEmpty ? adapters : free
    let families = candidates.map { $0.inspection.family.name ?? "" }
    let counts = Dictionary(grouping: families) { $0 }.mapValues(\.count)
    guard let most = counts.values.max(),
      let family = families.first(where: { counts[$0] == most })
    else { return [] }
    return candidates.filter { ($0.inspection.family.name ?? "") == family }
  }

  /// What the example asks for: what its first adapter is about.
  package func examplePrompt(for adapters: [Adapter]) -> String {
    adapters.first?.key.first ?? "a photo"
  }

  /// The YAML of the recipe, whose example chooses from `chosen`.
  package func text(exampleOf chosen: [Adapter]) -> String {
    let count = "\(adapters.count) adapter\(adapters.count == 1 ? "" : "s")"
    return """
      # What 'lorac build' makes of \(count); written by 'lorac init'.
      # Paths are relative to this file. Fields have the names of the options of 'lorac merge'.

      adapters:
      \(adapters.map(entry).joined(separator: "\n"))

      # What holds for every target that does not say otherwise.
      defaults:
        output: out/{name}.safetensors   # .safetensors.zst is compressed; a path that ends in / is a folder
        # rank: 32             # the best approximation of rank 32; 99% keeps that share; exact by default
        # dtype: F16           # F32, F16 or BF16; that of the first adapter by default
        # dialect: kohya       # kohya, diffusers or peft; that of the first adapter by default
        # strength: 1.0

      # Prompts by name, for 'promptSet' and for a matrix of targets.
      # promptSets:
      #   day: [a fox in the sun, a fox on a meadow]
      #   night: a fox under the stars

      targets:
      \(example(of: chosen))
        # A target for every combination:
        # - name: "{promptSet}-{rank}"
        #   matrix:
        #     promptSet: [day, night]
        #     rank: [exact, 16]

      """
  }

  private func entry(_ adapter: Adapter) -> String {
    var lines = [
      "  # \(adapter.facts)", "  - file: \(QuotedScalar(adapter.file))",
      "    name: \(QuotedScalar(adapter.name))",
    ]
    let source = adapter.inspection.key.map { "   # from: \($0.source)" } ?? ""
    let key = adapter.key
    if key.count == 1 {
      lines.append("    key: \(QuotedScalar(key[0]))\(printable(source))")
    } else if !key.isEmpty {
      lines.append("    key:\(printable(source))")
      lines += key.map { "      - \(QuotedScalar($0))" }
    }
    return lines.joined(separator: "\n")
  }

  private func example(of chosen: [Adapter]) -> String {
    let prompt = examplePrompt(for: chosen)
    // A text that reads like the name of a file would be one.
    let text =
      PromptFile.isName(prompt) ? "{text: \(QuotedScalar(prompt))}" : "\(QuotedScalar(prompt))"
    var lines = ["  - name: example", "    prompts:", "      - \(text)"]
    if chosen.count < adapters.count {
      lines.append("    adapters:")
      lines += chosen.map { "      - \(QuotedScalar($0.name))" }
    }
    if chosen.contains(where: \.needsBase) {
      lines.append("    base: model.safetensors   # these adapters need it; name the model here")
    }
    return lines.joined(separator: "\n")
  }
}

extension RecipeTemplate.Adapter {
  /// What it is about, as a recipe can hold it.
  fileprivate var key: [String] {
    (inspection.key?.texts ?? []).compactMap { text in
      var scalars = String.UnicodeScalarView()
      for scalar in text.unicodeScalars {
        scalars.append(TextFile.isAllowed(scalar) ? scalar : " ")
      }
      let allowed = String(scalars)
      return allowed.contains { !$0.isWhitespace } ? allowed : nil
    }
  }

  package var needsBase: Bool {
    inspection.adapter?.modules.contains { $0.algorithm.needsBase } ?? false
  }

  /// What it is, in a few words.
  fileprivate var facts: String {
    guard let adapter = inspection.adapter else { return "" }
    let ranks = adapter.modules.compactMap(\.rank)
    var facts = [inspection.family.name ?? "unknown model", adapter.dialect.rawValue]
    if let least = ranks.min(), let most = ranks.max() {
      facts.append(least == most ? "rank \(least)" : "ranks \(least) to \(most)")
    }
    facts.append("\(adapter.modules.count) module\(adapter.modules.count == 1 ? "" : "s")")
    let kinds = Set(adapter.modules.map(\.algorithm.id)).sorted()
    if kinds != ["lora"] { facts.append(kinds.joined(separator: ", ")) }
    if needsBase { facts.append("needs a base") }
    return printable(facts.joined(separator: ", "))
  }
}
