/// How a module's tensors, which still are on the disk, stand for the change of one weight.
///
/// What they mean in numbers is computed by the `Delta` of `Fusion`; here is what headers tell.
package indirect enum ModuleAlgorithm: Sendable {
  case lora(LoRA)
  case loha(LoHa)
  case lokr(LoKr)
  case adaLoRA(AdaLoRA)
  case difference(WeightDifference)
  case replacement(WeightReplacement)
  case tokens(TokenReplacement)
  case ia3(IA3)
  case oft(OFT)
  case glora(GLoRA)
  case vera(VeRA)
  case svdiff(SVDiff)
  case dora(DoRA)

  /// The tensors of the case, seen alike.
  package var stored: any StoredAlgorithm {
    switch self {
    case .lora(let stored): stored
    case .loha(let stored): stored
    case .lokr(let stored): stored
    case .adaLoRA(let stored): stored
    case .difference(let stored): stored
    case .replacement(let stored): stored
    case .tokens(let stored): stored
    case .ia3(let stored): stored
    case .oft(let stored): stored
    case .glora(let stored): stored
    case .vera(let stored): stored
    case .svdiff(let stored): stored
    case .dora(let stored): stored
    }
  }

  /// A short name that scripts can rely on.
  package var id: String {
    switch self {
    case .lora: "lora"
    case .loha: "loha"
    case .lokr: "lokr"
    case .adaLoRA: "adalora"
    case .difference: "diff"
    case .replacement: "weight"
    case .tokens: "tokens"
    case .ia3: "ia3"
    case .oft(let oft): oft.kind == .butterfly ? "boft" : "oft"
    case .glora: "glora"
    case .vera: "vera"
    case .svdiff: "svdiff"
    case .dora: "dora"
    }
  }

  /// Whether the change depends on the weight that it changes.
  package var needsBase: Bool {
    switch self {
    case .lora, .loha, .lokr, .adaLoRA, .difference: false
    case .replacement, .tokens, .ia3, .oft, .glora, .vera, .svdiff, .dora: true
    }
  }
}

/// What is known of any algorithm's tensors without their values.
package protocol StoredAlgorithm: Sendable {
  /// What the algorithm is called, as in its paper.
  var name: String { get }
  var tensors: [TensorEntry] { get }
  /// The rank that the scale is divided by; nil for algorithms without one.
  var rank: Int? { get }
  /// The shape of the weight, `[out, in…]`; nil where the tensors do not tell all of it.
  var weightShape: [Int]? { get }
  /// The first extent of the weight, where that at least is known.
  var outFeatures: Int? { get }
}

extension StoredAlgorithm {
  package var outFeatures: Int? { weightShape?.first }
}
