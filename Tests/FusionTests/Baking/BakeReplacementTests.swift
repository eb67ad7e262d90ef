import Formats
import Foundation
import Fusion
import Testing

/// Weights that stand in the place of the base's: `modules_to_save` and trained tokens.
@Suite struct BakeReplacementTests {
  /// A base whose elements are far larger than those that replace them: a difference in single
  /// precision would hold nothing of them.
  private static func base(_ dtype: DType) -> SampleBase {
    SampleBase(tensors: [
      .random("model.embed_tokens.weight", dtype, [6, 8], scale: 1000, seed: 1),
      .random("lm_head.weight", dtype, [6, 8], scale: 1000, seed: 2),
      .random("model.layers.0.self_attn.q_proj.weight", dtype, [8, 8]),
    ])
  }

  private static func bake(
    _ dtype: DType, _ tensors: [TensorFile.Tensor], config: String, weight: Double,
    _ check: (_ old: [String: StoredTensor], _ new: [String: StoredTensor]) throws -> Void
  ) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try base(dtype).write(to: "\(folder)/base.safetensors")
      let adapter = try TensorFile(tensors: tensors + Self.factors, config: config)
        .write(to: "\(folder)/a")
      let output = "\(folder)/out.safetensors"
      try TestBake.write([(adapter, weight)], base: path, to: output)
      let checkpoint = try Checkpoint(path: path)
      try check(
        TestBake.tensors(path, base: checkpoint), TestBake.tensors(output, base: checkpoint))
    }
  }

  /// What makes the file an adapter.
  private static let factors: [TensorFile.Tensor] = [
    .random("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", [2, 8], seed: 3),
    .random("base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", [8, 2], seed: 4),
  ]

  private static let saved = TensorFile.Tensor.random(
    "base_model.model.lm_head.weight", [6, 8], seed: 5)

  @Test(arguments: [DType.f32, .f16, .bf16], [1, 0.25])
  func wholeWeightsAreMixedWithoutLoss(_ dtype: DType, _ weight: Double) throws {
    let config = #"{"peft_type": "LORA", "r": 2, "modules_to_save": ["lm_head"]}"#
    try Self.bake(dtype, [Self.saved], config: config, weight: weight) { old, new in
      let (base, result) = try (
        #require(old["lm_head.weight"]).values, #require(new["lm_head.weight"]).values
      )
      for (index, value) in Self.saved.values.enumerated() {
        let exact = (1 - weight) * base[index] + weight * Double(value)
        #expect(result[index] == SlowRounding.rounded(exact, dtype), "\(index)")
      }
      #expect(new["model.embed_tokens.weight"] == old["model.embed_tokens.weight"])
    }
  }

  @Test func trainedTokensStandAsTheyAreAndOthersStay() throws {
    let rows = TensorFile.Tensor.random(
      "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta", [2, 8], seed: 6)
    let config = #"{"peft_type": "LORA", "r": 2, "trainable_token_indices": [4, 1]}"#
    try Self.bake(.f32, [rows], config: config, weight: 1) { old, new in
      let name = "model.embed_tokens.weight"
      var expected = try #require(old[name]).values
      for (place, row) in [4, 1].enumerated() {
        for column in 0..<8 { expected[row * 8 + column] = Double(rows.values[place * 8 + column]) }
      }
      #expect(try #require(new[name]).values == expected)
    }
  }
}
