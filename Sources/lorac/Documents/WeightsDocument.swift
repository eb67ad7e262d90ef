import Formats
import Fusion
import TextEncoders

/// The JSON document `lorac.weights/1`.
struct WeightsDocument {
  private let weighed: WeighedLibrary

  init(_ weighed: WeighedLibrary) { self.weighed = weighed }

  var document: JSONValue { document(schema: "lorac.weights/1", more: []) }

  /// The members of the document under another schema's name, and `more` behind them.
  func document(schema: String, more: [(String, JSONValue?)]) -> JSONValue {
    let weights = weighed.weights
    let own: [(String, JSONValue?)] = [
      ("schema", .string(schema)),
      ("encoder", encoder),
      ("method", .string(weights.method)),
      ("attention", weights.attention.map { .string($0.rawValue) }),
      ("temperature", weights.temperature.map { .number($0) }),
      ("mix", weights.mix.map { .string($0.rawValue) }),
      ("strength", .number(weights.strength)),
      ("strengthTe", .number(weighed.moduleWeights.options.textEncoderStrength)),
      ("strengthUnet", .number(weighed.moduleWeights.options.modelStrength)),
      ("blockWeights", weighed.moduleWeights.blockWeights.map(source)),
      ("gates", weighed.moduleWeights.gates.map(source)),
      ("adapters", adapters),
      ("prompts", .array(weights.prompts.map(prompt))),
      ("weights", values(weights.weights)),
      ("moduleWeights", weighed.moduleWeights.varies ? moduleWeights : nil),
      ("effectiveAdapters", .number(weights.effectiveAdapters)),
      ("warnings", .array(warnings.map { .string($0) })),
      ("notes", .array(weighed.notes.map { .string($0) })),
    ]
    return .object(pairs: (own + more).compactMap { member in member.1.map { (member.0, $0) } })
  }

  private var warnings: [String] {
    weighed.library.members.flatMap { member in
      member.file.warnings.map { "\(member.file.path): \($0)" }
    } + weighed.weights.warnings.map(\.description)
  }

  private var encoder: JSONValue? { weighed.encoder.map { EncoderDocument($0).document } }

  private var adapters: JSONValue {
    .array(
      weighed.library.members.enumerated().map { index, member in
        let key = index < weighed.keys.count ? weighed.keys[index] : nil
        return .object([
          "name": .string(member.name), "file": .string(member.file.path),
          "key": key.map { .array($0.texts.map { .string($0) }) },
          "keySource": key.map { .string("\($0.source)") },
        ])
      })
  }

  private func source(_ source: ModuleWeights.Source) -> JSONValue {
    .object(["file": .string(source.path), "sha256": .string(source.sha256)])
  }

  /// Of every adapter, the weight of each module, or the list of those of the weights that it
  /// stands for where they differ.
  private var moduleWeights: JSONValue {
    .object(
      pairs: weighed.library.members.enumerated().map { index, member in
        (
          member.name,
          .object(
            pairs: member.file.modules.map { module in
              let weights = weighed.moduleWeights.weights(of: module, adapter: index)
              return (
                module.target.description,
                Set(weights).count == 1
                  ? .number(weights[0]) : .array(weights.map { .number($0) })
              )
            })
        )
      })
  }

  private func prompt(_ prompt: PromptWeights) -> JSONValue {
    .object([
      "text": .string(prompt.prompt.text), "embedded": .string(prompt.prompt.embedded),
      "weight": .number(prompt.prompt.weight), "scores": values(prompt.cosines),
      "attentionScores": values(prompt.scores), "shares": values(prompt.shares),
      "weights": values(prompt.weights), "temperature": prompt.temperature.map { .number($0) },
      "triggers": .array(
        prompt.triggers.map { .object(["adapter": .string($0.adapter), "word": .string($0.word)]) }),
    ])
  }

  private func values(_ values: [Double]) -> JSONValue {
    .object(pairs: zip(weighed.weights.adapters, values.map { .number($0) }))
  }
}
