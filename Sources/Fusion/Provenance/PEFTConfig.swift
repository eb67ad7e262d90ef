package import Formats

extension MergePlan {
  /// The `adapter_config.json` that belongs to the written adapter.
  ///
  /// Every module is listed by its path, its rank and alpha by pattern where they differ from those
  /// of most modules, so that PEFT builds just the modules that the file has.
  package var peftConfig: JSONValue {
    let rank = mostFrequent(modules.map(\.rank)) ?? 1
    let alpha = mostFrequent(modules.filter { $0.rank == rank }.map(\.alpha)) ?? 1
    let ranks = modules.filter { $0.rank != rank }
      .map { (Self.pattern(of: $0.target.path), JSONValue.integer($0.rank)) }
    let alphas = modules.filter { $0.alpha != alpha }
      .map { (Self.pattern(of: $0.target.path), Self.number($0.alpha)) }
    let configs = active.compactMap { members[$0].file.config }
    return .object([
      "alpha_pattern": .object(pairs: alphas),
      "base_model_name_or_path": common(configs.map(\.baseModel)),
      "bias": .string("none"),
      "fan_in_fan_out": .bool(configs.first?.isFanInFanOut ?? false),
      "inference_mode": .bool(true),
      "lora_alpha": Self.number(alpha),
      "lora_dropout": .number(0),
      "peft_type": .string("LORA"),
      "r": .integer(rank),
      "rank_pattern": .object(pairs: ranks),
      "target_modules": .array(modules.map { .string($0.target.path) }),
      "task_type": common(configs.map(\.taskType)),
      "use_dora": .bool(false),
      "use_rslora": .bool(false),
    ])
  }

  /// A pattern that matches this path and no other, though its end may be another's whole path.
  private static func pattern(of path: String) -> String {
    "^" + path.replacing(".", with: "\\.")
  }

  private static func number(_ value: Double) -> JSONValue {
    Int(exactly: value).map { .integer($0) } ?? .number(value)
  }

  private func common(_ values: [String?]) -> JSONValue {
    let distinct = Set(values)
    guard distinct.count == 1, let value = values.first, let value else { return .null }
    return .string(value)
  }

  /// The value that occurs most; of several, the largest.
  private func mostFrequent<Value: Hashable & Comparable>(_ values: [Value]) -> Value? {
    let counts = Dictionary(grouping: values, by: \.self).mapValues(\.count)
    return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }
}
