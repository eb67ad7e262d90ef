/// What a tensor of an adapter is to its module, told by the end of its name.
package enum TensorRole: Hashable, Sendable {
  /// `A`: `[rank, in…]`.
  case down
  /// `B`: `[out, rank…]`.
  case up
  /// A scalar; the scale is `alpha / rank`.
  case alpha
  /// Part of an algorithm that this version does not compute, by that algorithm's name.
  case unsupported(String)

  /// The ends of names, from a dot on, and their roles.
  ///
  /// Source: the suffix tables of sd-scripts, LyCORIS 4.1, diffusers 0.42 and PEFT 0.21.
  private static let suffixes: [Substring: TensorRole] = [
    ".lora_down.weight": .down, ".lora_up.weight": .up,
    ".lora_A.weight": .down, ".lora_B.weight": .up,
    ".lora_A.default.weight": .down, ".lora_B.default.weight": .up,
    ".lora_linear_layer.down.weight": .down, ".lora_linear_layer.up.weight": .up,
    ".lora.down.weight": .down, ".lora.up.weight": .up,
    ".alpha": .alpha,
    ".lora_mid.weight": .unsupported("LoRA in Tucker form (lora_mid)"),
    ".lora_B.bias": .unsupported("LoRA with bias (lora_bias)"),
    ".lora_up.bias": .unsupported("LoRA with bias (lora_bias)"),
    ".lora_embedding_A": .unsupported("LoRA of an embedding"),
    ".lora_embedding_B": .unsupported("LoRA of an embedding"),
    ".dora_scale": .unsupported("DoRA"), ".lora_magnitude_vector": .unsupported("DoRA"),
    ".lora_magnitude_vector.weight": .unsupported("DoRA"),
    ".lora_magnitude_vector.default": .unsupported("DoRA"),
    ".magnitude": .unsupported("DoRA"),
    ".hada_w1_a": loha, ".hada_w1_b": loha, ".hada_w2_a": loha, ".hada_w2_b": loha,
    ".hada_t1": loha, ".hada_t2": loha,
    ".lokr_w1": lokr, ".lokr_w1_a": lokr, ".lokr_w1_b": lokr, ".lokr_w2": lokr,
    ".lokr_w2_a": lokr, ".lokr_w2_b": lokr, ".lokr_t2": lokr,
    ".oft_blocks": oft, ".oft_diag": oft, ".oft_R.weight": oft, ".rescale": oft,
    ".on_input": ia3, ".ia3_l": ia3,
    ".a1.weight": glora, ".a2.weight": glora, ".b1.weight": glora, ".b2.weight": glora,
    ".bm.weight": glora,
    ".diff": full, ".diff_b": full, ".w_norm": full, ".b_norm": full,
    ".set_weight": full, ".reshape_weight": full,
    ".vera_lambda_b": .unsupported("VeRA"), ".vera_lambda_d": .unsupported("VeRA"),
    ".lora_E": .unsupported("AdaLoRA"), ".ranknum": .unsupported("AdaLoRA"),
    ".delta": .unsupported("SVDiff"), ".scalar": .unsupported("LyCORIS scalar"),
    ".trainable_tokens_delta": .unsupported("trainable tokens"),
  ]

  private static let loha = TensorRole.unsupported("LoHa")
  private static let lokr = TensorRole.unsupported("LoKr")
  private static let oft = TensorRole.unsupported("OFT")
  private static let ia3 = TensorRole.unsupported("(IA)³")
  private static let glora = TensorRole.unsupported("GLoRA")
  private static let full = TensorRole.unsupported("full weight difference")

  /// Factors of `to_q_lora` and the like, where `_lora` belongs to the module's name.
  private static let processorSuffixes: [Substring: TensorRole] = [
    ".down.weight": .down, ".up.weight": .up,
  ]
  /// No end of a name has more dots.
  private static let dotLimit = 3

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
      if let role = suffixes[suffix] { return (String(name[..<start]), role) }
      if let role = processorSuffixes[suffix], name[..<start].hasSuffix("_lora") {
        return (String(name[..<start]), role)
      }
    }
    return nil
  }
}
