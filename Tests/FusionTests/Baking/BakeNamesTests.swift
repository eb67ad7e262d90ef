import Formats
import Foundation
import Fusion
import Testing

/// Names that mean weights of the base in another spelling mean one weight each.
@Suite struct BakeNamesTests {
  private static let layer = "text_model.encoder.layers.0.self_attn.q_proj"
  private static let flat = "text_model_encoder_layers_0_self_attn_q_proj"

  /// Stable Diffusion 1.x with one text encoder.
  private static let base = SampleBase(tensors: [
    .random("cond_stage_model.transformer.\(layer).weight", .f32, [8, 8]),
    .random(
      "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", .f32,
      [8, 768]),
  ])

  private static func bake(
    _ base: SampleBase, _ adapter: [TensorFile.Tensor], allowsUnmatched: Bool = false,
    _ check: (TestBake.Outcome) throws -> Void = { _ in }
  ) throws {
    try TestMerge.withTemporaryFolder { folder in
      let model = try base.write(to: "\(folder)/base.safetensors")
      let path = try TensorFile(tensors: adapter).write(to: "\(folder)/a.safetensors")
      try check(
        TestBake.write(
          [(path, 1)], base: model, to: "\(folder)/out.safetensors",
          allowsUnmatched: allowsUnmatched))
    }
  }

  private static func pair(_ stem: String) -> [TensorFile.Tensor] {
    [
      .random("\(stem).lora_down.weight", [2, 8], seed: 1),
      .random("\(stem).lora_up.weight", [8, 2], seed: 2),
    ]
  }

  @Test(arguments: ["lora_te2_", "lora_te3_"])
  func otherTextEncodersHaveNoPlace(_ prefix: String) throws {
    let error = #expect(throws: FormatError.self) {
      try Self.bake(Self.base, Self.pair(prefix + Self.flat))
    }
    #expect(error?.code == .noPlace)
    let both = Self.pair("lora_te1_" + Self.flat) + Self.pair(prefix + Self.flat)
    try Self.bake(Self.base, both, allowsUnmatched: true) { outcome in
      #expect(outcome.plan.coverage.unmatched.count == 1)
      #expect(outcome.plan.targets.count == 1)
    }
  }

  @Test func twoSpellingsOfOneWeightAreRefused() throws {
    let base = SampleBase(tensors: [
      .random("model.layers.0.self_attn.q_proj.weight", .f32, [8, 8])
    ]
    )
    let tensors = ["base_model.model.model.layers", "base_model.model.layers"].flatMap { start in
      [
        TensorFile.Tensor.random(
          "\(start).0.self_attn.q_proj.lora_A.weight", [2, 8], seed: 1),
        .random("\(start).0.self_attn.q_proj.lora_B.weight", [8, 2], seed: 2),
      ]
    }
    let error = #expect(throws: FormatError.self) { try Self.bake(base, tensors) }
    #expect(error?.code == .repeatedModule)
  }

  /// Of the checkpoints on the Hugging Face hub some leave out the level that the classes add.
  @Test(arguments: [
    ("h.0.attn.c_attn", "transformer.h.0.attn.c_attn"),
    ("layers.0.attention.dense", "gpt_neox.layers.0.attention.dense"),
    ("encoder.layer.0.output.dense", "roberta.encoder.layer.0.output.dense"),
  ])
  func levelsOfWrappersAreFound(_ stored: String, _ trained: String) throws {
    let base = SampleBase(tensors: [.random("\(stored).weight", .f32, [8, 8])])
    let tensors: [TensorFile.Tensor] = [
      .random("base_model.model.\(trained).lora_A.weight", [2, 8], seed: 1),
      .random("base_model.model.\(trained).lora_B.weight", [8, 2], seed: 2),
    ]
    try Self.bake(base, tensors) { #expect($0.plan.targets.count == 1) }
  }
}
