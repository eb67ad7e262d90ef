/// The fields of a recipe beside those of ``SettingField``.
package enum RecipeFields {
  /// A recipe as a whole.
  package enum Document: String, CaseIterable, Sendable {
    case extends
    case encoder
    case encoderTower
    case tokenizer
    case base
    case cache
    case adapters
    case defaults
    case promptSets
    case targets

    /// The setting that the field is short for.
    var setting: SettingField? {
      switch self {
      case .encoder: .encoder
      case .encoderTower: .encoderTower
      case .tokenizer: .tokenizer
      case .base: .base
      case .cache: .cache
      case .extends, .adapters, .defaults, .promptSets, .targets: nil
      }
    }
  }

  /// One of `adapters`.
  package enum Adapter: String, CaseIterable, Sendable {
    case file
    case name
    case key
    case strength
    case blockWeights
  }

  /// One of `targets`, before its settings.
  package enum Target: String, CaseIterable, Sendable {
    case name
    case matrix
  }

  /// One of several prompts, where it is no text.
  package enum Prompt: String, CaseIterable, Sendable {
    case text
    case weight
  }
}
