extension FieldReader {
  /// What the recipe `root` says, and the recipe that it extends, as it names it.
  mutating func recipe(_ root: RecipeNode) -> (content: RecipeContent, extends: Placed<String>?) {
    var content = RecipeContent()
    var extends: Placed<String>?
    let known = RecipeFields.Document.allCases.map(\.rawValue)
    for member in fields(of: root, "a recipe", known: known) ?? [] {
      guard let field = RecipeFields.Document(rawValue: member.key.value) else { continue }
      switch field {
      case .extends:
        extends = path(member.value, "'extends'").map { Placed($0, member.value.place) }
      case .encoder, .encoderTower, .tokenizer, .base, .cache:
        guard let setting = field.setting else { continue }
        add(self.setting(setting, member.key.place, member.value), setting, to: &content.defaults)
      case .adapters: adapters(member.value, into: &content)
      case .defaults:
        let known = SettingField.allCases.map(\.rawValue)
        let members = fields(of: member.value, "'defaults'", known: known) ?? []
        for (field, setting) in settings(members) { add(setting, field, to: &content.defaults) }
      case .promptSets: promptSets(member.value, into: &content)
      case .targets: targets(member.value, into: &content)
      }
    }
    return (content, extends)
  }

  /// Adds a default that may be there already, as a field of the recipe is short for one.
  private mutating func add(_ setting: Setting, _ field: SettingField, to defaults: inout Settings)
  {
    guard let other = defaults[field] else {
      defaults[field] = setting
      return
    }
    let (first, second) = (min(setting.name, other.name), max(setting.name, other.name))
    report(
      second, "'\(field.rawValue)' is given twice, for the recipe and in 'defaults'",
      hint: "it is at line \(first.line) too; remove one of them")
  }

  private mutating func promptSets(_ node: RecipeNode, into content: inout RecipeContent) {
    for member in mapping(node, "'promptSets'") ?? [] {
      let prompts = prompts(member.value, "the prompt set '\(member.key.value)'")
      content.promptSets[member.key.value] = .init(place: member.key.place, prompts: prompts)
    }
  }
}
