internal import Formats
internal import Fusion

extension FieldReader {
  /// The adapters of the list `node`.
  mutating func adapters(_ node: RecipeNode, into content: inout RecipeContent) {
    guard let elements = list(node, "'adapters'") else {
      content.isIncomplete = true
      return
    }
    var names: [String: (place: RecipePlace, index: Int)] = [:]
    for element in elements {
      let entries = adapter(element, &content)
      if entries.isEmpty { content.isIncomplete = true }
      for entry in entries {
        guard let first = names[entry.name.value] else {
          names[entry.name.value] = (entry.name.place, content.adapters.count)
          content.adapters.append(entry)
          continue
        }
        guard entry.file != nil else {
          // Without a file it says more of an adapter that a folder or pattern stands for.
          content.adapters[first.index] = entry.overriding(content.adapters[first.index])
          continue
        }
        report(
          entry.name.place, "two adapters are called '\(entry.name.value)'",
          hint: "the other is at line \(first.place.line); give one of them a 'name' of its own")
      }
    }
  }

  /// The adapters that one element stands for.
  private mutating func adapter(
    _ node: RecipeNode, _ content: inout RecipeContent
  ) -> [AdapterEntry] {
    switch node.content {
    case .plain, .text:
      return path(node, "an adapter").map {
        entries(AdapterSource($0, at: node.place), [:], node.place, &content)
      } ?? []
    default: break
    }
    let known = RecipeFields.Adapter.allCases.map(\.rawValue)
    guard let members = fields(of: node, "an adapter", known: known) else { return [] }
    let fields = Dictionary(
      members.compactMap { member in
        RecipeFields.Adapter(rawValue: member.key.value).map { ($0, member.value) }
      }, uniquingKeysWith: { first, _ in first })
    if let file = fields[.file] {
      return path(file, "'file'").map {
        entries(AdapterSource($0, at: file.place), fields, node.place, &content)
      } ?? []
    }
    // Without a file it is for an adapter above, or of the recipe that this one extends.
    guard let name = fields[.name] else {
      if members.count == node.memberCount {
        report(node.place, "an adapter needs the field 'file'")
      }
      return []
    }
    guard let text = line(name, "'name'") else { return [] }
    var entry = AdapterEntry(place: node.place, name: Placed(text, name.place))
    read(fields, into: &entry)
    return [entry]
  }

  private mutating func entries(
    _ source: AdapterSource, _ fields: [RecipeFields.Adapter: RecipeNode], _ place: RecipePlace,
    _ content: inout RecipeContent
  ) -> [AdapterEntry] {
    let paths: [String]
    do {
      paths = try source.paths()
    } catch {
      faults.append(error)
      return []
    }
    content.sources.append(source)
    if source.form != .one {
      for field in [RecipeFields.Adapter.name, .key] {
        guard let node = fields[field] else { continue }
        report(
          node.place,
          "'\(field.rawValue)' is for one adapter, and '\(source.path)' stands for \(paths.count)",
          hint: "list the files one by one")
        return []
      }
    }
    var template = AdapterEntry(place: place, name: Placed("", source.place))
    read(fields, into: &template)
    if let node = fields[.name] {
      guard let name = line(node, "'name'") else { return [] }
      template.name = Placed(name, node.place)
    }
    return paths.map { path in
      var entry = template
      entry.file = Placed(path, source.place)
      if fields[.name] == nil { entry.name = Placed(AdapterPath.name(of: path), source.place) }
      return entry
    }
  }

  /// Reads what says how an adapter is used.
  private mutating func read(
    _ fields: [RecipeFields.Adapter: RecipeNode], into entry: inout AdapterEntry
  ) {
    if let node = fields[.key], let elements = list(node, "'key'", allowsOne: true) {
      if elements.isEmpty { report(node.place, "'key' is an empty list") }
      entry.keys = elements.compactMap { text($0, "a key") }
    }
    if let node = fields[.strength] { entry.strength = number(node, "'strength'") }
    if let node = fields[.blockWeights] { entry.blockWeights = adapterBlockWeights(node) }
  }

  /// Factors of one adapter as JSON: a file of them, a mapping of patterns, or a list of a preset's
  /// numbers.
  private mutating func adapterBlockWeights(_ node: RecipeNode) -> String? {
    let what = "'blockWeights'"
    switch node.content {
    case .mapping:
      guard let members = mapping(node, what) else { return nil }
      let pairs = members.compactMap { member in
        number(member.value, "the factor of '\(member.key.value)'").map {
          (member.key.value, JSONValue.number($0))
        }
      }
      guard pairs.count == members.count else { return nil }
      guard !pairs.isEmpty else {
        report(node.place, "\(what) is an empty mapping")
        return nil
      }
      return JSONValue.object(pairs: pairs).compact
    case .list(let elements):
      let values = elements.compactMap { number($0, "a factor") }
      guard values.count == elements.count else { return nil }
      let counts = ModuleWeightOptions.presetCounts
      guard counts.contains(values.count) else {
        let known = counts.map(String.init).joined(separator: ", ")
        report(
          node.place, "\(what) is a list of \(values.count) numbers; presets have \(known)",
          hint: "or give a mapping of patterns and factors")
        return nil
      }
      return JSONValue.array(values.map { .number($0) }).compact
    case .broken: return nil
    case .plain, .text: return blockWeightFile(node)
    }
  }

  private mutating func blockWeightFile(_ node: RecipeNode) -> String? {
    guard let path = path(node, "'blockWeights'") else { return nil }
    do {
      let text = try ModuleWeightOptions.adapterBlockWeights(at: path)
      files.append(path)
      return text
    } catch {
      report(node.place, error.description, hint: error.remedy, kind: error.kind)
      return nil
    }
  }
}
