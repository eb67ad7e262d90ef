internal import Formats
internal import Fusion
internal import TextEncoders

/// A field that says how a target is made, in `defaults` and in targets.
///
/// Names are the long options of `lorac merge` in lowerCamelCase.
package enum SettingField: String, CaseIterable, Sendable {
  case adapters
  case prompts
  case promptSet
  case promptSyntax
  case method
  case weights
  case attention
  case mix
  case temperature
  case topK
  case minScore
  case encoder
  case encoderTower
  case tokenizer
  case longPrompt
  case cache
  case strength
  case strengthTe
  case strengthUnet
  case blockWeights
  case gates
  case fixSplitAlpha
  case lokrScale
  case base
  case allowUnmatched
  case rank
  case dialect
  case dtype
  case level
  case output
}

extension SettingField {
  /// What a value of the field may be.
  enum Kind {
    case text
    case path
    case flag
    case number
    case whole(ClosedRange<Int>)
    case choice([String])
    case names
    case prompts
    case weights
    case rank
    case temperature
    case encoder
  }

  var kind: Kind {
    switch self {
    case .output: .text
    case .tokenizer, .cache, .blockWeights, .gates, .base: .path
    case .encoder: .encoder
    case .fixSplitAlpha, .allowUnmatched: .flag
    case .minScore, .strength, .strengthTe, .strengthUnet, .lokrScale: .number
    case .topK: .whole(1...Int(Int32.max))
    case .level: .whole(1...22)
    case .adapters, .promptSet: .names
    case .prompts: .prompts
    case .weights: .weights
    case .rank: .rank
    case .temperature: .temperature
    case .promptSyntax, .method, .attention, .mix, .encoderTower, .longPrompt, .dialect, .dtype:
      .choice(choices)
    }
  }

  /// The words that the field may be, where it is one of several.
  package var choices: [String] {
    switch self {
    case .promptSyntax: PromptSyntax.allCases.map(\.rawValue)
    case .method: FusionMethod.all.map(\.name)
    case .attention: AttentionKind.allCases.map(\.rawValue)
    case .mix: Mix.allCases.map(\.rawValue)
    case .encoderTower: TowerChoice.allCases.map(\.rawValue)
    case .longPrompt: LongText.allCases.map(\.rawValue)
    case .dialect: AdapterDialect.written.map(\.rawValue)
    case .dtype: WrittenType.allCases.map(\.rawValue)
    default: []
    }
  }

  /// Whether the field may be an axis of a matrix.
  package var mayVary: Bool { self != .output }
}
