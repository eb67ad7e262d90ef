/// The fields of a PEFT `LoraConfig` that decide what the factors mean.
///
/// Source: PEFT 0.21, `tuners/lora/config.py` and `utils/other.py` (`get_pattern_key`).
package struct LoRAConfig: Sendable {
  let alpha: Double
  package let rank: Int
  let isRankStabilised: Bool
  private let alphaPattern: [(pattern: ModulePattern, value: Double)]
  private let rankPattern: [(pattern: ModulePattern, rank: Int)]
  private let source: AdapterScale.Source
  /// Where the delta belongs to a weight stored as `[in, out]` (GPT-2).
  package let isFanInFanOut: Bool
  package let baseModel: String?
  package let taskType: String?

  /// Reads `json`; `field` finds a value by its name in `LoraConfig`.
  ///
  /// - Throws: `FormatError` for a field of the wrong type, and for what lorac does not compute.
  init(
    _ field: @escaping (String) -> JSONValue?, source: AdapterScale.Source, file: String
  ) throws(FormatError) {
    let fields = ConfigFields(field: field, file: file)
    try Self.refuseUnsupported(fields)
    rank = Int(exactly: try fields.number("r") ?? 8) ?? 0
    guard rank > 0 else { throw fields.fault("r", "is not a positive whole number") }
    alpha = try fields.number("lora_alpha") ?? 8
    isRankStabilised = try fields.bool("use_rslora")
    alphaPattern = try fields.pattern("alpha_pattern")
    rankPattern = try fields.pattern("rank_pattern").map { entry throws(FormatError) in
      guard let rank = Int(exactly: entry.value), rank > 0 else {
        throw fields.fault("rank_pattern", "holds a rank that is not a positive whole number")
      }
      return (entry.pattern, rank)
    }
    isFanInFanOut = try fields.bool("fan_in_fan_out")
    baseModel = field("base_model_name_or_path")?.stringValue
    taskType = field("task_type")?.stringValue
    self.source = source
  }

  private static func refuseUnsupported(_ fields: ConfigFields) throws(FormatError) {
    let type = try fields.string("peft_type") ?? "LORA"
    guard type == "LORA" else {
      throw fields.fault("peft_type", "is '\(printable(type))', which this version does not read")
    }
    if try fields.bool("use_dora") {
      throw fields.fault("use_dora", "is true: DoRA is not read by this version")
    }
    if try fields.bool("lora_bias") {
      throw fields.fault("lora_bias", "is true: LoRA with bias is not read by this version")
    }
    if let replication = fields.field("layer_replication"), replication != .null {
      throw fields.fault("layer_replication", "is set: replicated layers cannot be merged")
    }
    if let bias = try fields.string("bias"), bias != "none" {
      throw fields.fault("bias", "is '\(printable(bias))': biases are not read by this version")
    }
  }

  /// The alpha of the module at `path`.
  func alpha(of path: String) -> ConfiguredAlpha {
    let alpha = alphaPattern.first { $0.pattern.matches(path) }?.value ?? alpha
    return ConfiguredAlpha(alpha: alpha, isRankStabilised: isRankStabilised, source: source)
  }

  /// The rank that the configuration gives the module at `path`.
  func rank(of path: String) -> Int {
    rankPattern.first { $0.pattern.matches(path) }?.rank ?? rank
  }
}

/// Typed access to the fields of a configuration.
private struct ConfigFields {
  let field: (String) -> JSONValue?
  let file: String

  func fault(
    _ name: String, _ problem: String, kind: FormatError.Kind = .unacceptable
  ) -> FormatError {
    FormatError(kind, file: file, place: "field '\(name)'", problem)
  }

  func number(_ name: String) throws(FormatError) -> Double? {
    guard let value = field(name), value != .null else { return nil }
    guard let number = value.doubleValue else { throw fault(name, "is not a number") }
    return number
  }

  func string(_ name: String) throws(FormatError) -> String? {
    guard let value = field(name), value != .null else { return nil }
    guard let string = value.stringValue else { throw fault(name, "is not a text") }
    return string
  }

  func bool(_ name: String) throws(FormatError) -> Bool {
    guard let value = field(name), value != .null else { return false }
    guard let bool = value.boolValue else { throw fault(name, "is neither true nor false") }
    return bool
  }

  func pattern(
    _ name: String
  ) throws(FormatError) -> [(pattern: ModulePattern, value: Double)] {
    guard let value = field(name), value != .null else { return [] }
    guard let members = value.members else { throw fault(name, "is not an object") }
    return try members.map { member throws(FormatError) in
      guard let number = member.value.doubleValue else {
        throw fault(name, "holds a value that is not a number")
      }
      guard let pattern = ModulePattern(member.key) else {
        throw fault(name, "holds the pattern '\(printable(member.key))', which cannot be used")
      }
      return (pattern, number)
    }
  }
}
