internal import Fusion

/// What a recipe says, with what it takes from those that it extends.
struct RecipeContent: Sendable {
  struct PromptSet: Sendable {
    let place: RecipePlace
    /// Nil where they could not be read.
    let prompts: [WeighingRequest.Prompt]?
  }

  var defaults: Settings = [:]
  var adapters: [AdapterEntry] = []
  /// Files that stand for several adapters, or whose name is not known: a target's output may not be
  /// among them.
  var sources: [AdapterSource] = []
  var promptSets: [String: PromptSet] = [:]
  var targets: [TargetEntry] = []
  /// Whether something could not be read, so that what is not here may exist.
  var isIncomplete = false

  /// What is known of a recipe that cannot be read.
  static var unreadable: RecipeContent {
    var content = RecipeContent()
    content.isIncomplete = true
    return content
  }

  /// What is said here, and else what `base` says.
  func overriding(_ base: RecipeContent) -> RecipeContent {
    var content = base
    content.defaults = defaults.layered(over: base.defaults)
    content.promptSets.merge(promptSets) { $1 }
    content.sources += sources
    content.isIncomplete = isIncomplete || base.isIncomplete
    var indices = Self.indices(content.adapters.map(\.name.value))
    for entry in adapters {
      if let index = indices[entry.name.value] {
        content.adapters[index] = entry.overriding(content.adapters[index])
      } else {
        indices[entry.name.value] = content.adapters.count
        content.adapters.append(entry)
      }
    }
    indices = Self.indices(content.targets.map(\.name.value))
    for entry in targets {
      if let index = indices[entry.name.value] {
        content.targets[index] = entry.overriding(content.targets[index])
      } else {
        indices[entry.name.value] = content.targets.count
        content.targets.append(entry)
      }
    }
    return content
  }

  private static func indices(_ names: [String]) -> [String: Int] {
    Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
  }
}
