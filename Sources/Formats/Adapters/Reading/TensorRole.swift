/// What a tensor of an adapter is to its module, told by the end of its name.
///
/// This table is the only place where the ends of names stand.
enum TensorRole: Hashable, Sendable {
  // LoRA, and what stands beside its factors
  case down, up, mid, upBias
  case embeddingDown, embeddingUp
  case alpha, scale, scalar
  /// DoRA's magnitudes: along either axis by their shape, or always along the outputs.
  case doraScale, magnitude
  // LoHa
  case hadamard1Up, hadamard1Down, hadamard1Core, hadamard2Up, hadamard2Down, hadamard2Core
  // LoKr
  case kronecker1, kronecker1Up, kronecker1Down
  case kronecker2, kronecker2Up, kronecker2Down, kronecker2Core
  // Differences and replacements
  case difference, biasDifference, weight, bias, setWeight, newTokens
  // Multiplicative ones
  case ia3, onInput, rotations, skewVectors, rescale
  case glora(GLoRAFactor)
  case spectralShift
  // Others of PEFT
  case outputGains, rankGains, sharedDown, sharedUp, singularValues, rankCount
  /// A copy of the base model; it changes nothing.
  case copyOfBase
  /// Part of what lorac does not compute, by its name.
  case unsupported(String)

  enum GLoRAFactor: Sendable { case a1, a2, b1, b2, mid }

  /// The ends of names, from a dot on, and their roles.
  ///
  /// Source: the suffix tables of sd-scripts, LyCORIS 4.1, diffusers 0.42, PEFT 0.21, ComfyUI and
  /// svdiff-pytorch.
  private static let suffixes: [Substring: TensorRole] = [
    ".lora_down.weight": .down, ".lora_up.weight": .up, ".lora_mid.weight": .mid,
    ".lora_A.weight": .down, ".lora_B.weight": .up, ".lora_A": .down, ".lora_B": .up,
    ".lora_A.default.weight": .down, ".lora_B.default.weight": .up,
    ".lora_A.default": .down, ".lora_B.default": .up,
    ".lora_linear_layer.down.weight": .down, ".lora_linear_layer.up.weight": .up,
    ".lora.down.weight": .down, ".lora.up.weight": .up,
    ".lora_B.bias": .upBias, ".lora_up.bias": .upBias, ".lora_B.default.bias": .upBias,
    ".lora_embedding_A": .embeddingDown, ".lora_embedding_B": .embeddingUp,
    ".lora_embedding_A.default": .embeddingDown, ".lora_embedding_B.default": .embeddingUp,
    ".alpha": .alpha, ".scale": .scale, ".scalar": .scalar,
    ".dora_scale": .doraScale, ".magnitude": .magnitude,
    ".lora_magnitude_vector": .magnitude, ".lora_magnitude_vector.weight": .magnitude,
    ".lora_magnitude_vector.default": .magnitude,
    ".lora_magnitude_vector.default.weight": .magnitude,
    ".hada_w1_a": .hadamard1Up, ".hada_w1_b": .hadamard1Down, ".hada_t1": .hadamard1Core,
    ".hada_w2_a": .hadamard2Up, ".hada_w2_b": .hadamard2Down, ".hada_t2": .hadamard2Core,
    ".lokr_w1": .kronecker1, ".lokr_w1_a": .kronecker1Up, ".lokr_w1_b": .kronecker1Down,
    ".lokr_w2": .kronecker2, ".lokr_w2_a": .kronecker2Up, ".lokr_w2_b": .kronecker2Down,
    ".lokr_t2": .kronecker2Core,
    ".diff": .difference, ".w_norm": .difference,
    ".diff_b": .biasDifference, ".b_norm": .biasDifference,
    ".weight": .weight, ".bias": .bias, ".set_weight": .setWeight,
    ".modules_to_save.weight": .weight, ".modules_to_save.default.weight": .weight,
    ".modules_to_save.bias": .bias, ".modules_to_save.default.bias": .bias,
    ".base_layer.bias": .bias,
    ".trainable_tokens_delta": .newTokens, ".token_adapter.trainable_tokens_delta": .newTokens,
    ".token_adapter.trainable_tokens_delta.default": .newTokens,
    ".ia3_l": .ia3, ".ia3_l.default": .ia3, ".on_input": .onInput,
    ".oft_blocks": .rotations, ".oft_R.weight": .skewVectors,
    ".oft_R.default.weight": .skewVectors, ".rescale": .rescale,
    ".a1.weight": .glora(.a1), ".a2.weight": .glora(.a2), ".b1.weight": .glora(.b1),
    ".b2.weight": .glora(.b2), ".bm.weight": .glora(.mid),
    ".delta": .spectralShift,
    ".vera_lambda_b": .outputGains, ".vera_lambda_b.default": .outputGains,
    ".vera_lambda_d": .rankGains, ".vera_lambda_d.default": .rankGains,
    ".vera_A": .sharedDown, ".vera_B": .sharedUp,
    ".vera_A.default": .sharedDown, ".vera_B.default": .sharedUp,
    ".lora_E": .singularValues, ".lora_E.default": .singularValues,
    ".ranknum": .rankCount, ".ranknum.default": .rankCount,
    ".base_layer.weight": .copyOfBase, ".original_module.weight": .copyOfBase,
    ".original_module.bias": .copyOfBase, ".token_adapter.base_layer.weight": .copyOfBase,
    ".oft_diag": .unsupported("OFT of LyCORIS before 1.9 (oft_diag)"),
    ".reshape_weight": .unsupported("a weight of another shape (reshape_weight)"),
    ".boft_R": .unsupported("BOFT of PEFT"), ".boft_s": .unsupported("BOFT of PEFT"),
  ]

  /// Factors of `to_q_lora` and the like, where `_lora` belongs to the module's name.
  private static let processorSuffixes: [Substring: TensorRole] = [
    ".down.weight": .down, ".up.weight": .up,
  ]
  private static let processorEnds = ["_lora", "_lora1", "_lora2"]
  /// No end of a name has more dots.
  private static let dotLimit = 4

  /// Whether tensors of other files than adapters end like this too.
  var isCommon: Bool {
    switch self {
    case .weight, .bias, .scale, .alpha, .copyOfBase: true
    default: false
    }
  }

  /// The algorithm that a tensor of this role makes its module one of; nil for what stands beside
  /// several.
  var algorithm: AlgorithmKind? {
    switch self {
    case .down, .up, .mid, .embeddingDown, .embeddingUp: .lora
    case .hadamard1Up, .hadamard1Down, .hadamard1Core, .hadamard2Up, .hadamard2Down,
      .hadamard2Core:
      .loha
    case .kronecker1, .kronecker1Up, .kronecker1Down, .kronecker2, .kronecker2Up,
      .kronecker2Down, .kronecker2Core:
      .lokr
    case .difference: .difference
    case .weight, .setWeight: .replacement
    case .newTokens: .tokens
    case .ia3, .onInput: .ia3
    case .rotations, .skewVectors, .rescale: .oft
    case .glora: .glora
    case .spectralShift: .svdiff
    case .outputGains, .rankGains: .vera
    case .upBias, .alpha, .scale, .scalar, .doraScale, .magnitude, .biasDifference, .bias,
      .sharedDown, .sharedUp, .singularValues, .rankCount, .copyOfBase, .unsupported:
      nil
    }
  }

  /// Splits `name` into the stem, which names the module, and the role; nil if no end is known.
  ///
  /// The longest end that is known counts.
  static func split(_ name: String) -> (stem: String, role: TensorRole)? {
    var starts: [String.Index] = []
    var index = name.utf8.endIndex
    while index > name.utf8.startIndex, starts.count < dotLimit {
      index = name.utf8.index(before: index)
      if name.utf8[index] == UInt8(ascii: ".") { starts.append(index) }
    }
    for start in starts.reversed() {
      let suffix = name[start...]
      if let role = processorSuffixes[suffix],
        processorEnds.contains(where: name[..<start].hasSuffix)
      {
        return (String(name[..<start]), role)
      }
      if let role = suffixes[suffix] { return (String(name[..<start]), role) }
    }
    return nil
  }
}

/// The algorithms that names tell apart.
enum AlgorithmKind: String, Hashable, Sendable {
  case lora = "LoRA"
  case loha = "LoHa"
  case lokr = "LoKr"
  case difference
  case replacement = "whole weight"
  case tokens = "trainable tokens"
  case ia3 = "(IA)³"
  case oft = "OFT"
  case glora = "GLoRA"
  case svdiff = "SVDiff"
  case vera = "VeRA"
}
