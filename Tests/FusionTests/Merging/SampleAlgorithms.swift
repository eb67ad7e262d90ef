import Formats
import Foundation
import Testing

/// One small module of every algorithm, as its library writes it.
struct SampleAlgorithm: CustomTestStringConvertible, Sendable {
  let name: String
  /// The shape of the weight, as described.
  let shape: [Int]
  var needsBase = false
  /// Whether the factors stay factors, which are then written side by side.
  var isLowRank = true
  var config: String?
  /// The tensors of the module whose name is `stem`, with values from `seed` on.
  let tensors: @Sendable (_ stem: String, _ seed: UInt64) -> [TensorFile.Tensor]
  var testDescription: String { name }

  /// Writes an adapter of this one module, in kohya or PEFT names.
  func write(to path: String, seed: UInt64, stem: String? = nil) throws -> String {
    let own = config == nil ? SampleAlgorithm.kohya : SampleAlgorithm.peft
    return try TensorFile(tensors: tensors(stem ?? own, seed), config: config).write(to: path)
  }

  static let kohya = "lora_unet_mid_block_attentions_0_proj_in"
  static let peft = "base_model.model.mid_block.attentions.0.proj_in"
  static let target = ModuleTarget(component: .unet, path: "mid_block.attentions.0.proj_in")

  /// Tensors of a module, by the ends of their names and shapes; and an alpha, if it is given.
  private static func make(
    _ parts: KeyValuePairs<String, [Int]>, alpha: Float? = nil, numbers: [String: Float] = [:]
  ) -> @Sendable (String, UInt64) -> [TensorFile.Tensor] {
    let parts = parts.map { ($0.key, $0.value) }
    return { stem, seed in
      parts.enumerated().map { index, part in
        .random("\(stem).\(part.0)", part.1, seed: seed &* 31 &+ UInt64(index))
      } + (alpha.map { [.number("\(stem).alpha", $0)] } ?? [])
        + numbers.sorted { $0.key < $1.key }.map { .number("\(stem).\($0.key)", $0.value) }
    }
  }

  private static func config(_ type: String, _ more: String = "") -> String {
    "{\"peft_type\": \"\(type)\", \"r\": 2, \"lora_alpha\": 3, \"alpha\": 3\(more)}"
  }

  static let all: [SampleAlgorithm] = lowRank + dense + onTheBase
  static let additive = lowRank + dense

  private static let lowRank: [SampleAlgorithm] = [
    SampleAlgorithm(
      name: "LoRA", shape: [12, 10],
      tensors: make(
        ["lora_down.weight": [3, 10], "lora_up.weight": [12, 3]], alpha: 1.5)),
    SampleAlgorithm(
      name: "LoRA with a scalar", shape: [12, 10],
      tensors: make(
        ["lora_down.weight": [3, 10], "lora_up.weight": [12, 3]], alpha: 1.5,
        numbers: ["scalar": -0.6])),
    SampleAlgorithm(
      name: "LoRA with a scale", shape: [12, 10],
      tensors: make(
        ["lora_down.weight": [3, 10], "lora_up.weight": [12, 3]], alpha: 1.5,
        numbers: ["scale": 0.4])),
    SampleAlgorithm(
      name: "Tucker", shape: [12, 10, 3, 3],
      tensors: make(
        [
          "lora_down.weight": [3, 10, 1, 1], "lora_up.weight": [12, 2, 1, 1],
          "lora_mid.weight": [2, 3, 3, 3],
        ], alpha: 2)),
    SampleAlgorithm(
      name: "LoHa", shape: [12, 10],
      tensors: make(
        [
          "hada_w1_a": [12, 2], "hada_w1_b": [2, 10], "hada_w2_a": [12, 3], "hada_w2_b": [3, 10],
        ], alpha: 1)),
    SampleAlgorithm(
      name: "LoHa in Tucker form", shape: [12, 10, 3, 3],
      tensors: make(
        [
          "hada_w1_a": [2, 12], "hada_w1_b": [2, 10], "hada_t1": [2, 2, 3, 3],
          "hada_w2_a": [2, 12], "hada_w2_b": [2, 10], "hada_t2": [2, 2, 3, 3],
        ], alpha: 1)),
    SampleAlgorithm(
      name: "LoKr", shape: [12, 10],
      tensors: make(
        ["lokr_w1": [3, 2], "lokr_w2_a": [4, 2], "lokr_w2_b": [2, 5]], alpha: 1)),
    SampleAlgorithm(
      name: "LoKr of factors", shape: [12, 10],
      tensors: make(
        [
          "lokr_w1_a": [3, 1], "lokr_w1_b": [1, 2], "lokr_w2_a": [4, 3], "lokr_w2_b": [3, 5],
        ], alpha: 1)),
    SampleAlgorithm(
      name: "LoKr in Tucker form", shape: [12, 10, 3, 3],
      tensors: make(
        [
          "lokr_w1": [2, 2], "lokr_w2_a": [2, 6], "lokr_w2_b": [2, 5], "lokr_t2": [2, 2, 3, 3],
        ], alpha: 1)),
    SampleAlgorithm(
      name: "AdaLoRA", shape: [12, 10], config: config("ADALORA"),
      tensors: make(
        ["lora_A": [2, 10], "lora_B": [12, 2], "lora_E": [2, 1]], numbers: ["ranknum": 2])),
    SampleAlgorithm(
      name: "rsLoRA", shape: [12, 10], config: config("LORA", ", \"use_rslora\": true"),
      tensors: make(["lora_A.weight": [2, 10], "lora_B.weight": [12, 2]])),
    SampleAlgorithm(
      name: "embedding", shape: [12, 10], config: config("LORA"),
      tensors: make(["lora_embedding_A": [2, 10], "lora_embedding_B": [12, 2]])),
  ]

  private static let dense: [SampleAlgorithm] = [
    SampleAlgorithm(
      name: "difference", shape: [12, 10], isLowRank: false, tensors: make(["diff": [12, 10]])),
    SampleAlgorithm(
      name: "LoHa of full rank", shape: [12, 10], isLowRank: false,
      tensors: make(
        [
          "hada_w1_a": [12, 4], "hada_w1_b": [4, 10], "hada_w2_a": [12, 3], "hada_w2_b": [3, 10],
        ], alpha: 2)),
    SampleAlgorithm(
      name: "LoKr of whole matrices", shape: [12, 10], isLowRank: false,
      tensors: make(["lokr_w1": [2, 2], "lokr_w2": [6, 5]], alpha: 1e10)),
  ]

  private static let onTheBase: [SampleAlgorithm] = [
    SampleAlgorithm(
      name: "DoRA", shape: [12, 10], needsBase: true,
      tensors: make(
        ["lora_down.weight": [3, 10], "lora_up.weight": [12, 3], "dora_scale": [12, 1]],
        alpha: 1)),
    SampleAlgorithm(
      name: "DoRA along the inputs", shape: [12, 10, 3, 3], needsBase: true,
      tensors: make(
        [
          "lora_down.weight": [3, 10, 3, 3], "lora_up.weight": [12, 3, 1, 1],
          "dora_scale": [1, 10, 1, 1],
        ], alpha: 1)),
    SampleAlgorithm(
      name: "DoRA of a LoKr", shape: [12, 10], needsBase: true,
      tensors: make(["lokr_w1": [3, 2], "lokr_w2": [4, 5], "dora_scale": [12, 1]], alpha: 1)),
    SampleAlgorithm(
      name: "DoRA of PEFT, fan in first", shape: [12, 10], needsBase: true,
      config: config("LORA", ", \"use_dora\": true, \"fan_in_fan_out\": true"),
      tensors: make(
        ["lora_A.weight": [2, 10], "lora_B.weight": [12, 2], "lora_magnitude_vector": [12]])),
    SampleAlgorithm(
      name: "(IA)³", shape: [12, 10], needsBase: true,
      tensors: make(["weight": [12]], numbers: ["on_input": 0])),
    SampleAlgorithm(
      name: "(IA)³ of inputs", shape: [12, 10, 3, 3], needsBase: true,
      tensors: make(["weight": [1, 10, 1, 1]], numbers: ["on_input": 1])),
    SampleAlgorithm(
      name: "(IA)³ of PEFT", shape: [12, 10], needsBase: true, config: config("IA3"),
      tensors: make(["ia3_l": [1, 10]])),
    SampleAlgorithm(
      name: "OFT", shape: [12, 10], needsBase: true,
      tensors: make(["oft_blocks": [3, 4, 4], "rescale": [12, 1]], alpha: 0.02)),
    SampleAlgorithm(
      name: "BOFT", shape: [16, 10], needsBase: true,
      tensors: make(["oft_blocks": [3, 4, 4, 4], "rescale": [16, 1]], alpha: 0)),
    SampleAlgorithm(
      name: "OFT of PEFT, series", shape: [12, 10], needsBase: true, config: config("OFT"),
      tensors: make(["oft_R.weight": [2, 10]])),
    SampleAlgorithm(
      name: "OFT of PEFT, Cayley", shape: [12, 10], needsBase: true,
      config: config("OFT", ", \"use_cayley_neumann\": false"),
      tensors: make(["oft_R.weight": [2, 10]])),
    SampleAlgorithm(
      name: "GLoRA", shape: [12, 10, 3, 3], needsBase: true,
      tensors: make(
        [
          "a1.weight": [10, 2, 1, 1], "a2.weight": [2, 10, 1, 1], "b1.weight": [12, 2, 1, 1],
          "b2.weight": [2, 10, 3, 3],
        ], alpha: 1)),
    SampleAlgorithm(
      name: "GLoRA of old files", shape: [12, 10], needsBase: true,
      tensors: make(
        [
          "a1.weight": [2, 10], "a2.weight": [10, 2], "b1.weight": [2, 10], "b2.weight": [12, 2],
        ], alpha: 1)),
    SampleAlgorithm(
      name: "SVDiff", shape: [12, 10], needsBase: true, tensors: make(["delta": [10]])),
    SampleAlgorithm(
      name: "whole weight", shape: [12, 10], needsBase: true, config: config("LORA"),
      tensors: { stem, seed in
        make(["weight": [12, 10]])(stem, seed)
          + make(["lora_A.weight": [2, 4], "lora_B.weight": [4, 2]])("\(stem)2", seed)
      }),
  ]
}
