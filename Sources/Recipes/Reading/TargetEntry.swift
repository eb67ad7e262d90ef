/// A target as a recipe has it, before its matrix is expanded.
struct TargetEntry: Sendable {
  /// A field that takes several values.
  struct Axis: Sendable {
    /// One value, and what stands for it in names.
    struct Value: Sendable {
      let label: Placed<String>
      let setting: Setting
    }

    let field: SettingField
    let place: RecipePlace
    let values: [Value]
  }

  /// Where its mapping starts.
  let place: RecipePlace
  let name: Placed<String>
  var settings: Settings
  var matrix: [Axis]?
  /// Whether some field could not be understood, so that what is not here may be meant by it.
  var isIncomplete = false

  /// What is given here, and else what `base` has.
  func overriding(_ base: TargetEntry) -> TargetEntry {
    var entry = self
    entry.settings = settings.layered(over: base.settings)
    entry.matrix = matrix ?? base.matrix
    entry.isIncomplete = isIncomplete || base.isIncomplete
    return entry
  }
}

extension [SettingField: Setting] {
  /// These settings, and those of `base` whose fields are not here.
  func layered(over base: Settings) -> Settings {
    var base = base
    // Two ways to give one thing.
    if self[.prompts] != nil { base[.promptSet] = nil }
    if self[.promptSet] != nil { base[.prompts] = nil }
    return base.merging(self) { $1 }
  }
}
