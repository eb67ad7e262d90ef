internal import Fusion

extension FieldReader {
  /// The settings among `members`.
  mutating func settings(_ members: [RecipeNode.Member]) -> Settings {
    var settings: Settings = [:]
    for member in members {
      guard let field = SettingField(rawValue: member.key.value) else { continue }
      settings[field] = setting(field, member.key.place, member.value)
    }
    if let prompts = settings[.prompts], let set = settings[.promptSet] {
      report(
        max(prompts.name, set.name), "'prompts' and 'promptSet' both say what the prompts are",
        hint: "remove one of them")
    }
    return settings
  }

  /// The targets of the list `node`.
  mutating func targets(_ node: RecipeNode, into content: inout RecipeContent) {
    guard let elements = list(node, "'targets'") else { return }
    var names: [String: RecipePlace] = [:]
    for element in elements {
      guard let entry = target(element) else { continue }
      if let first = names.updateValue(entry.name.place, forKey: entry.name.value) {
        report(
          entry.name.place, "two targets are called '\(entry.name.value)'",
          hint: "the other is at line \(first.line)")
      } else {
        content.targets.append(entry)
      }
    }
  }

  private mutating func target(_ node: RecipeNode) -> TargetEntry? {
    let known =
      (RecipeFields.Target.allCases.map(\.rawValue))
      + SettingField.allCases.map(\.rawValue)
    guard let members = fields(of: node, "a target", known: known) else { return nil }
    let settings = settings(members)
    func value(_ field: RecipeFields.Target) -> RecipeNode? {
      members.first { $0.key.value == field.rawValue }?.value
    }
    let matrix = value(.matrix).map { self.matrix($0, settings) }
    guard let name = value(.name) else {
      if members.count == node.memberCount { report(node.place, "a target needs the field 'name'") }
      return nil
    }
    guard let text = line(name, "'name'") else { return nil }
    return TargetEntry(
      place: node.place, name: Placed(text, name.place), settings: settings, matrix: matrix,
      isIncomplete: members.count < node.memberCount)
  }

  // MARK: Matrix

  /// The axes of a matrix beside `settings`.
  private mutating func matrix(_ node: RecipeNode, _ settings: Settings) -> [TargetEntry.Axis] {
    let known = SettingField.allCases.filter(\.mayVary).map(\.rawValue)
    guard let members = fields(of: node, "'matrix'", known: known) else { return [] }
    return members.compactMap { member in
      guard let field = SettingField(rawValue: member.key.value) else { return nil }
      if settings[field] != nil {
        report(
          member.key.place,
          "'\(field.rawValue)' is an axis of the matrix and a field of the target",
          hint: "remove one of them")
      }
      let values = axis(field, member.value) ?? []
      // An axis that cannot be read still has a name, which may stand in others.
      let unknown = TargetEntry.Axis.Value(
        label: Placed(field.rawValue, member.value.place),
        setting: Setting(
          name: member.key.place, place: member.value.place, folder: folder, value: .broken))
      return TargetEntry.Axis(
        field: field, place: member.key.place, values: values.isEmpty ? [unknown] : values)
    }
  }

  /// A list of values, or a mapping of what they are called to values.
  private mutating func axis(
    _ field: SettingField, _ node: RecipeNode
  ) -> [TargetEntry.Axis.Value]? {
    let labelled: [(label: Placed<String>?, value: RecipeNode)]
    switch node.content {
    case .list(let elements): labelled = elements.map { (nil, $0) }
    case .mapping:
      labelled = (mapping(node, "an axis") ?? []).map { ($0.key, $0.value) }
    case .broken: return nil
    default:
      report(
        node.place,
        "the axis '\(field.rawValue)' is a list of values, or a mapping of names and "
          + "values, not \(node.kind)")
      return nil
    }
    guard !labelled.isEmpty else {
      report(node.place, "the axis '\(field.rawValue)' has no values")
      return nil
    }
    var values: [TargetEntry.Axis.Value] = []
    var seen: Set<String> = []
    for (label, value) in labelled {
      guard let label = label ?? self.label(of: value, field) else { continue }
      guard seen.insert(label.value).inserted else {
        report(label.place, "the axis '\(field.rawValue)' has the value '\(label.value)' twice")
        continue
      }
      values.append(.init(label: label, setting: setting(field, label.place, value)))
    }
    return values
  }

  /// What stands in names for a value without a name: the value as it is written.
  private mutating func label(of node: RecipeNode, _ field: SettingField) -> Placed<String>? {
    switch node.content {
    case .plain(let text) where !text.isEmpty && isLabel(text, field),
      .text(let text) where !text.isEmpty && isLabel(text, field):
      return Placed(text, node.place)
    case .broken: return nil
    default:
      report(
        node.place, "a value of the axis '\(field.rawValue)' needs a name to stand for it",
        hint: "write the axis as a mapping: {NAME: VALUE, …}")
      return nil
    }
  }

  /// Prompts and paths are too long to stand for themselves in a name.
  private func isLabel(_ text: String, _ field: SettingField) -> Bool {
    switch field {
    case .prompts, .weights: false
    default: !text.contains("/")
    }
  }
}
