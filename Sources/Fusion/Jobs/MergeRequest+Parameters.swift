package import Formats
internal import TextEncoders

extension MergeRequest {
  /// The request as a document: what decides the bytes, in one form for each meaning.
  ///
  /// Names are those of a recipe's fields. What is as by default is left out, and so is what changes
  /// no byte: where vectors are kept, whether files may be replaced.
  ///
  /// - Parameter path: says how a path is written.
  /// - Returns: an object, its members in the order of their names.
  package func parameters(path: (String) -> String) -> JSONValue {
    let weighing = weighing
    let attention = weighing.attention
    let standard = WeighingRequest()
    func number(_ value: Double, unless usual: Double = 1) -> JSONValue? {
      value == usual ? nil : .number(value)
    }
    func text(_ value: String?) -> JSONValue? { value.map { .string($0) } }
    let members: [(String, JSONValue?)] = [
      ("adapters", .array(adapters.map { $0.parameters(path: path) })),
      ("allowUnmatched", allowsUnmatched ? .bool(true) : nil),
      ("attention", text(attention.kind?.rawValue)),
      ("base", text(base.map(path))),
      ("blockWeights", text(weighing.modules.blockWeights.map(path))),
      ("dialect", text(options.dialect?.rawValue)),
      ("dtype", text(options.dtype?.rawValue)),
      ("encoder", text(weighing.encoder == standard.encoder ? nil : encoderSpec(path))),
      ("encoderTower", text(weighing.encoder.tower?.rawValue)),
      ("fixSplitAlpha", reading.fixesSplitAlpha ? .bool(true) : nil),
      ("gates", text(weighing.modules.gates.map(path))),
      ("keys", weighing.keys.isEmpty ? nil : .array(weighing.keys.map { .string($0) })),
      ("level", output.usesLevel ? .integer(output.level) : nil),
      ("lokrScale", reading.lokrScale.map { .number($0) }),
      (
        "longPrompt",
        weighing.longText == standard.longText ? nil : text(weighing.longText.rawValue)
      ),
      ("method", weighing.method == standard.method ? nil : .string(weighing.method)),
      ("minScore", attention.minimumScore.map { .number($0) }),
      ("mix", text(attention.mix?.rawValue)),
      ("output", text(output.path.map(path))),
      (
        "promptSyntax",
        weighing.promptSyntax == standard.promptSyntax ? nil : text(weighing.promptSyntax.rawValue)
      ),
      ("prompts", weighing.prompts.isEmpty ? nil : .array(weighing.prompts.map(\.parameters))),
      ("rank", options.rank == .exact ? nil : .string("\(options.rank)")),
      ("strength", number(weighing.strength)),
      ("strengthTe", number(weighing.modules.textEncoderStrength)),
      ("strengthUnet", number(weighing.modules.modelStrength)),
      ("temperature", attention.temperature?.parameters),
      ("tokenizer", text(weighing.encoder.tokenizer.map(path))),
      ("topK", attention.topK.map { .integer($0) }),
      (
        "triggerBonus",
        number(attention.triggerBonus, unless: standard.attention.triggerBonus)
      ),
      (
        "weights",
        weighing.weights.isEmpty
          ? nil
          : .array(
            weighing.weights.map {
              .object(pairs: [("adapter", .string($0.adapter)), ("weight", .number($0.weight))])
            })
      ),
    ]
    return .object(pairs: members.compactMap { member in member.1.map { (member.0, $0) } })
  }

  /// The encoder; a path on this machine as `path` writes it.
  private func encoderSpec(_ path: (String) -> String) -> String {
    let spec = weighing.encoder.spec
    return Folder.exists(spec) ? path(spec) : spec
  }
}

extension MergeRequest.Output {
  /// Whether something may be compressed; a model's files are where the base's are.
  fileprivate var usesLevel: Bool { path.map { !$0.hasSuffix(".safetensors") } ?? true }
}

extension MergeRequest.Adapter {
  fileprivate func parameters(path: (String) -> String) -> JSONValue {
    let members: [(String, JSONValue?)] = [
      ("blockWeights", blockWeights.map { .string($0) }),
      ("file", .string(path(self.path))),
      ("key", keys.isEmpty ? nil : .array(keys.map { .string($0) })),
      ("name", name.map { .string($0) }),
      ("strength", strength == 1 ? nil : .number(strength)),
    ]
    return .object(pairs: members.compactMap { member in member.1.map { (member.0, $0) } })
  }
}

extension WeighingRequest.Prompt {
  fileprivate var parameters: JSONValue {
    weight == 1
      ? .string(text) : .object(pairs: [("text", .string(text)), ("weight", .number(weight))])
  }
}

extension Temperature {
  fileprivate var parameters: JSONValue {
    switch self {
    case .auto: .string("auto")
    case .fixed(let value): .number(value)
    }
  }
}
