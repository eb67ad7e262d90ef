internal import Fusion

/// A value that a recipe gives a field, with its place.
struct Setting: Sendable {
  enum Value: Sendable {
    case text(String)
    /// Relative to the working folder, not to the recipe.
    case path(String)
    case flag(Bool)
    case number(Double)
    case whole(Int)
    case names([Placed<String>])
    case prompts([WeighingRequest.Prompt])
    case weights([Placed<(name: String, weight: Double)>])
    case rank(RankOption)
    case temperature(Temperature)
    /// `null`: the field goes back to what it is without a recipe.
    case reset
    /// What was wrong, and was reported.
    case broken
  }

  /// Of the field's name.
  let name: RecipePlace
  /// Of the value.
  let place: RecipePlace
  /// The recipe's folder, for texts that become paths later.
  let folder: String
  let value: Value
}

/// The fields that are given.
typealias Settings = [SettingField: Setting]
