internal import Formats

/// The configuration that belongs to LoRA factors which are written in names of PEFT or diffusers.
///
/// Every module is listed by its path, its rank and alpha by pattern where they differ from those
/// of most modules, so that PEFT builds just the modules that the file has.
struct WrittenPEFTConfig {
  /// The path, rank and alpha of each module.
  var modules: [(path: String, rank: Int, alpha: Double)]
  var usesDoRA = false
  var isFanInFanOut = false
  var baseModel: String?
  var taskType: String?

  /// The whole document, as `adapter_config.json` holds it.
  var document: JSONValue {
    .object(pairs: members)
  }

  /// The members, in the order of their names.
  var members: [(String, JSONValue)] {
    let rank = mostFrequent(modules.map(\.rank)) ?? 1
    let alpha = mostFrequent(modules.filter { $0.rank == rank }.map(\.alpha)) ?? 1
    let ranks = modules.filter { $0.rank != rank }
      .map { (Self.pattern(of: $0.path), JSONValue.integer($0.rank)) }
    let alphas = modules.filter { $0.alpha != alpha }
      .map { (Self.pattern(of: $0.path), Self.number($0.alpha)) }
    return [
      ("alpha_pattern", .object(pairs: alphas)),
      ("base_model_name_or_path", baseModel.map { .string($0) } ?? .null),
      ("bias", .string("none")),
      ("fan_in_fan_out", .bool(isFanInFanOut)),
      ("inference_mode", .bool(true)),
      ("lora_alpha", Self.number(alpha)),
      ("lora_dropout", .number(0)),
      ("peft_type", .string("LORA")),
      ("r", .integer(rank)),
      ("rank_pattern", .object(pairs: ranks)),
      ("target_modules", .array(modules.map { .string($0.path) })),
      ("task_type", taskType.map { .string($0) } ?? .null),
      ("use_dora", .bool(usesDoRA)),
      ("use_rslora", .bool(false)),
    ]
  }

  /// A pattern that matches this path and no other, though its end may be another's whole path.
  private static func pattern(of path: String) -> String {
    "^" + path.replacing(".", with: "\\.")
  }

  private static func number(_ value: Double) -> JSONValue {
    Int(exactly: value).map { .integer($0) } ?? .number(value)
  }

  /// The value that occurs most; of several, the largest.
  private func mostFrequent<Value: Hashable & Comparable>(_ values: [Value]) -> Value? {
    let counts = Dictionary(grouping: values, by: \.self).mapValues(\.count)
    return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }
}
