/// The fields of a PEFT configuration that decide what the tensors mean.
///
/// Source: PEFT 0.21, `tuners/*/config.py` and `utils/other.py` (`get_pattern_key`).
package struct PEFTConfig: Sendable {
  /// The methods of PEFT whose tensors are read.
  enum Method: String, CaseIterable {
    case lora = "LORA"
    case loha = "LOHA"
    case lokr = "LOKR"
    case ia3 = "IA3"
    case oft = "OFT"
    case vera = "VERA"
    case adaLoRA = "ADALORA"
    case trainableTokens = "TRAINABLE_TOKENS"
  }

  let method: Method
  let alpha: Double
  package let rank: Int
  let isRankStabilised: Bool
  private let alphaPattern: ModulePatterns<Double>
  private let rankPattern: ModulePatterns<Int>
  private let source: AdapterScale.Source
  /// Where the delta belongs to a weight stored as `[in, out]` (GPT-2).
  package let isFanInFanOut: Bool
  package let usesDoRA: Bool
  /// Whether OFT's rotations are the truncated series of ``neumannTerms`` terms.
  let usesNeumannSeries: Bool
  let neumannTerms: Int
  /// The tokens of saved embedding rows; for modules that end in a name, or for all (the empty name).
  private let tokens: [(name: String, indices: [Int])]
  /// How the factors were started, where that changed the base model.
  let initialisation: String?
  package let baseModel: String?
  package let taskType: String?

  /// Reads `json`; `field` finds a value by its name in the configuration.
  ///
  /// - Throws: `FormatError` for a field of the wrong type, and for what lorac does not compute.
  init(
    _ field: @escaping (String) -> JSONValue?, source: AdapterScale.Source, file: String
  ) throws(FormatError) {
    let fields = ConfigFields(field: field, file: file)
    let type = try fields.string("peft_type") ?? Method.lora.rawValue
    guard let method = Method(rawValue: type) else {
      throw fields.fault(
        "peft_type", "is '\(printable(type))', which is not read", kind: .unsupported)
    }
    self.method = method
    try Self.refuseUnsupported(fields)
    let usesRank = method != .oft && method != .ia3 && method != .trainableTokens
    rank = usesRank ? Int(exactly: try fields.number("r") ?? 8) ?? 0 : 1
    guard rank > 0 else { throw fields.fault("r", "is not a positive whole number") }
    let given = try fields.number("lora_alpha")
    let other = try fields.number("alpha")
    alpha = given ?? other ?? 8
    isRankStabilised = try fields.bool("use_rslora")
    alphaPattern = try fields.patterns("alpha_pattern") { $0 }
    rankPattern = try fields.patterns("rank_pattern") { value throws(FormatError) in
      guard let rank = Int(exactly: value), rank > 0 else {
        throw fields.fault("rank_pattern", "holds a rank that is not a positive whole number")
      }
      return rank
    }
    isFanInFanOut = try fields.bool("fan_in_fan_out")
    usesDoRA = try fields.bool("use_dora")
    usesNeumannSeries = try fields.bool("use_cayley_neumann", default: true)
    neumannTerms = Int(exactly: try fields.number("num_cayley_neumann_terms") ?? 5) ?? 0
    guard (1...64).contains(neumannTerms) else {
      throw fields.fault("num_cayley_neumann_terms", "is not a whole number from 1 to 64")
    }
    tokens = try fields.tokens(
      method == .trainableTokens ? "token_indices" : "trainable_token_indices")
    let start = field("init_lora_weights")?.stringValue?.lowercased()
    initialisation = start.flatMap { start in
      ["pissa", "olora", "corda", "loftq"].contains(where: start.hasPrefix) ? start : nil
    }
    baseModel = field("base_model_name_or_path")?.stringValue
    taskType = field("task_type")?.stringValue
    self.source = source
  }

  private static func refuseUnsupported(_ fields: ConfigFields) throws(FormatError) {
    if let replication = fields.field("layer_replication"), replication != .null {
      throw fields.fault("layer_replication", "is set: replicated layers cannot be merged")
    }
    if let parameters = fields.field("target_parameters")?.elements, !parameters.isEmpty {
      throw fields.fault(
        "target_parameters", "is set: stacked weights of experts are not read", kind: .unsupported)
    }
    if try fields.bool("block_share") {
      throw fields.fault("block_share", "is true: shared blocks are not read", kind: .unsupported)
    }
    if let tokens = fields.field("alora_invocation_tokens")?.elements, !tokens.isEmpty {
      throw fields.fault(
        "alora_invocation_tokens", "is set: the adapter depends on the input", kind: .unsupported)
    }
  }

  /// Reads `text`, the UTF-8 of an `adapter_config.json`.
  ///
  /// - Throws: `FormatError` for what is no JSON object, for a field of the wrong type, and for what
  ///   lorac does not compute.
  package init(text: [UInt8], file: String) throws(FormatError) {
    let document = try JSONValue(parsing: text, file: file, code: .invalidConfig)
    guard document.members != nil else {
      throw FormatError(.unacceptable, file: file, "is not a JSON object", code: .invalidConfig)
    }
    try self.init({ document[$0] }, source: .configuration, file: file)
  }

  /// The scale of the module at `path`; nil where the configuration gives it another rank than `rank`.
  package func scale(of path: String, rank: Int?) -> Double? {
    let configured = self.rank(of: path)
    guard rank ?? configured == configured else { return nil }
    return AdapterScale(rank: configured, alphaTensor: nil, configured: alpha(of: path)).value
  }

  /// Whether the configuration is of adapters whose modules are of `algorithm`.
  package func isConfiguration(of algorithm: ModuleAlgorithm) -> Bool {
    switch (algorithm, method) {
    case (.lora, .lora): !usesDoRA
    case (.dora, .lora): usesDoRA
    case (.loha, .loha), (.lokr, .lokr): true
    default: false
    }
  }

  /// The tokens whose rows the module at `path` replaces.
  func tokens(of path: String) -> [Int] {
    tokens.first { $0.name.isEmpty || path == $0.name || path.hasSuffix("." + $0.name) }?
      .indices ?? []
  }

  /// The alpha of the module at `path`.
  func alpha(of path: String) -> ConfiguredAlpha {
    let alpha = alphaPattern.value(of: path) ?? alpha
    return ConfiguredAlpha(alpha: alpha, isRankStabilised: isRankStabilised, source: source)
  }

  /// The rank that the configuration gives the module at `path`.
  func rank(of path: String) -> Int {
    rankPattern.value(of: path) ?? rank
  }
}

/// Typed access to the fields of a configuration.
private struct ConfigFields {
  let field: (String) -> JSONValue?
  let file: String

  func fault(
    _ name: String, _ problem: String, kind: FormatError.Kind = .unacceptable
  ) -> FormatError {
    FormatError(
      kind, file: file, place: "field '\(name)'", problem,
      code: kind == .unsupported ? .unsupportedConfig : .invalidConfig)
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

  func bool(_ name: String, default missing: Bool = false) throws(FormatError) -> Bool {
    guard let value = field(name), value != .null else { return missing }
    guard let bool = value.boolValue else { throw fault(name, "is neither true nor false") }
    return bool
  }

  func patterns<Value>(
    _ name: String, _ read: (Double) throws(FormatError) -> Value
  ) throws(FormatError) -> ModulePatterns<Value> {
    var patterns = ModulePatterns<Value>()
    guard let value = field(name), value != .null else { return patterns }
    guard let members = value.members else { throw fault(name, "is not an object") }
    for member in members {
      guard let number = member.value.doubleValue else {
        throw fault(name, "holds a value that is not a number")
      }
      guard patterns.add(member.key, try read(number)) else {
        throw fault(name, "holds the pattern '\(printable(member.key))', which cannot be used")
      }
    }
    return patterns
  }

  /// Reads lists of tokens: one for all modules, or one for each name of a module.
  func tokens(_ name: String) throws(FormatError) -> [(name: String, indices: [Int])] {
    guard let value = field(name), value != .null else { return [] }
    let lists = value.members?.map { ($0.key, $0.value) } ?? [("", value)]
    return try lists.map { list throws(FormatError) in
      guard let elements = list.1.elements else { throw fault(name, "is not a list of tokens") }
      let indices = elements.compactMap { $0.doubleValue.flatMap { Int(exactly: $0) } }
      guard indices.count == elements.count else {
        throw fault(name, "holds a token that is not a whole number")
      }
      return (list.0, indices)
    }
  }
}
