import Formats
import Foundation
import Fusion
import Testing

/// Adapters of every family go from one dialect to another and back without loss.
@Suite struct FamilyRoundTripTests {
  struct Family: CustomTestStringConvertible, Sendable {
    let name: String
    /// Kohya names, with the shapes of weights.
    let modules: [(name: String, shape: [Int])]
    /// How many canonical weights they stand for.
    let weightCount: Int
    var isUNet = false
    var testDescription: String { name }
  }

  static let families = [
    Family(
      name: "SD 1.x",
      modules: [
        ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", [8, 768]),
        ("lora_unet_mid_block_resnets_0_conv1", [6, 5, 3, 3]),
        ("lora_te_text_model_encoder_layers_0_mlp_fc1", [9, 7]),
      ], weightCount: 3, isUNet: true),
    Family(
      name: "SDXL",
      modules: [
        ("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", [8, 2048]),
        ("lora_unet_output_blocks_2_2_conv", [6, 5, 3, 3]),
        ("lora_te1_text_model_encoder_layers_0_mlp_fc1", [9, 7]),
        ("lora_te2_text_model_encoder_layers_0_mlp_fc1", [9, 7]),
      ], weightCount: 4, isUNet: true),
    Family(
      name: "Flux",
      modules: [
        ("lora_unet_double_blocks_0_img_attn_qkv", [48, 16]),
        ("lora_unet_double_blocks_0_txt_attn_proj", [16, 16]),
        ("lora_unet_double_blocks_0_txt_mlp_2", [16, 64]),
        ("lora_unet_single_blocks_0_linear1", [112, 16]),
        ("lora_unet_single_blocks_0_modulation_lin", [48, 16]),
        ("lora_unet_final_layer_adaLN_modulation_1", [32, 16]),
        ("lora_te1_text_model_encoder_layers_0_mlp_fc1", [9, 7]),
        ("lora_te3_encoder_block_0_layer_0_SelfAttention_q", [8, 8]),
      ], weightCount: 13),
    Family(
      name: "SD 3",
      modules: [
        ("lora_unet_joint_blocks_0_x_block_attn_qkv", [48, 16]),
        ("lora_unet_joint_blocks_0_context_block_mlp_fc2", [16, 64]),
        ("lora_unet_joint_blocks_23_context_block_adaLN_modulation_1", [32, 16]),
        ("lora_unet_x_embedder_proj", [16, 4, 2, 2]),
        ("lora_te3_encoder_block_0_layer_0_SelfAttention_q", [8, 8]),
      ], weightCount: 7),
    Family(
      name: "HunyuanVideo",
      modules: [
        ("lora_unet_double_blocks_19_img_attn_qkv", [48, 16]),
        ("lora_unet_double_blocks_19_img_mlp_fc1", [64, 16]),
        ("lora_unet_single_blocks_39_linear1", [112, 16]),
        ("lora_unet_single_blocks_39_modulation_linear", [48, 16]),
        ("lora_unet_txt_in_individual_token_refiner_blocks_0_self_attn_qkv", [48, 16]),
        ("lora_unet_txt_in_individual_token_refiner_blocks_1_mlp_fc2", [16, 64]),
        ("lora_unet_txt_in_input_embedder", [16, 24]),
      ], weightCount: 14),
    Family(
      name: "Flux 2",
      modules: [
        ("lora_unet_double_blocks_7_img_attn_qkv", [48, 16]),
        ("lora_unet_double_blocks_7_txt_mlp_0", [96, 16]),
        ("lora_unet_single_blocks_47_linear1", [144, 16]),
        ("lora_unet_single_blocks_47_linear2", [16, 64]),
        ("lora_unet_single_stream_modulation_lin", [48, 16]),
      ], weightCount: 7),
    Family(
      name: "Chroma",
      modules: [
        ("lora_unet_double_blocks_0_img_attn_qkv", [48, 16]),
        ("lora_unet_single_blocks_0_linear1", [112, 16]),
        ("lora_unet_distilled_guidance_layer_layers_0_in_layer", [20, 20]),
      ], weightCount: 8),
    Family(
      name: "Wan",
      modules: [
        ("lora_unet_blocks_0_self_attn_q", [16, 16]),
        ("lora_unet_blocks_0_cross_attn_k_img", [16, 16]),
        ("lora_unet_blocks_0_ffn_0", [40, 16]),
      ], weightCount: 3),
    Family(
      name: "Qwen-Image",
      modules: [
        ("lora_unet_transformer_blocks_0_attn_to_q", [16, 16]),
        ("lora_unet_transformer_blocks_0_img_mlp_net_0_proj", [64, 16]),
        ("lora_unet_transformer_blocks_0_txt_mod_1", [96, 16]),
      ], weightCount: 3),
    Family(
      name: "Lumina 2",
      modules: [
        ("lora_unet_layers_0_attention_qkv", [40, 24]),
        ("lora_unet_layers_0_feed_forward_w1", [60, 24]),
        ("lora_unet_context_refiner_1_attention_out", [24, 24]),
        ("lora_unet_cap_embedder_1", [24, 20]),
      ], weightCount: 6),
    Family(
      name: "Z-Image",
      modules: [
        ("lora_unet_layers_0_attention_to_q", [24, 24]),
        ("lora_unet_layers_0_feed_forward_w1", [60, 24]),
        ("lora_unet_layers_0_adaLN_modulation_0", [96, 24]),
      ], weightCount: 3),
  ]

  static func write(_ family: Family, to path: String) throws -> String {
    try SyntheticAdapter(
      modules: family.modules.map {
        .init(name: $0.name, shape: $0.shape, rank: 3, alpha: 1.5)
      }, seed: 5
    ).write(to: path)
  }

  static func expectSame(
    _ found: [ModuleTarget: [Double]], _ expected: [ModuleTarget: [Double]],
    tolerance: Double = 1e-6
  ) throws {
    #expect(Set(found.keys) == Set(expected.keys))
    for (target, delta) in expected {
      let limit = tolerance * SlowDelta.largest(delta)
      #expect(SlowDelta.distance(found[target] ?? [], delta) <= limit, "\(target)")
    }
  }

  @Test(arguments: families) func namesAreKnown(_ family: Family) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try Self.write(family, to: "\(folder)/a.safetensors")
      let adapter = try AdapterFile(path: path)
      #expect(adapter.family?.name == (family.isUNet ? nil : family.name))
      let pieces = adapter.modules.flatMap(\.stack.pieces).map(\.target)
      #expect(pieces.count == family.weightCount)
      #expect(pieces.allSatisfy { !$0.isFlat })
    }
  }

  /// kohya → diffusers → kohya, with the names that it had.
  @Test(arguments: families) func kohyaAndDiffusers(_ family: Family) throws {
    try TestMerge.withTemporaryFolder { folder in
      let kohya = try Self.write(family, to: "\(folder)/a.safetensors")
      let expected = try SlowDelta.deltas(ofAdapterAt: kohya)
      let (diffusers, back) = ("\(folder)/b.safetensors", "\(folder)/c.safetensors")
      _ = try TestMerge.write(
        [kohya], weights: [1], to: diffusers, options: MergeOptions(dialect: .diffusers))
      try Self.expectSame(SlowDelta.deltas(ofAdapterAt: diffusers), expected)
      let names = try AdapterFile(path: diffusers).modules.map(\.stem)
      #expect(names.count == family.weightCount)
      let parts = ["unet.", "transformer.", "text_encoder.", "text_encoder_2.", "text_encoder_3."]
      #expect(names.allSatisfy { name in parts.contains(where: name.hasPrefix) })
      _ = try TestMerge.write(
        [diffusers], weights: [1], to: back, options: MergeOptions(dialect: .kohya))
      try Self.expectSame(SlowDelta.deltas(ofAdapterAt: back), expected)
      #expect(
        try AdapterFile(path: back).modules.map(\.stem).sorted()
          == family.modules.map(\.name).sorted())
    }
  }

  /// kohya → PEFT → kohya; PEFT is for one component, and has no names for later text encoders.
  @Test(arguments: families) func kohyaAndPEFT(_ family: Family) throws {
    try TestMerge.withTemporaryFolder { folder in
      var family = family
      family = Family(
        name: family.name,
        modules: family.modules.filter { $0.name.hasPrefix("lora_unet_") },
        weightCount: family.weightCount, isUNet: family.isUNet)
      let kohya = try Self.write(family, to: "\(folder)/a.safetensors")
      let expected = try SlowDelta.deltas(ofAdapterAt: kohya)
      let (peft, back) = ("\(folder)/b.safetensors", "\(folder)/c.safetensors")
      _ = try TestMerge.write(
        [kohya], weights: [1], to: peft, options: MergeOptions(dialect: .peft))
      try Self.expectSame(SlowDelta.deltas(ofAdapterAt: peft), expected)
      _ = try TestMerge.write(
        [peft], weights: [1], to: back, options: MergeOptions(dialect: .kohya))
      try Self.expectSame(SlowDelta.deltas(ofAdapterAt: back), expected)
    }
  }

  /// Only some of the weights that kohya keeps in one: the rest of its rows is zero.
  @Test func aStackOfWhichAPartIsMissing() throws {
    try TestMerge.withTemporaryFolder { folder in
      let prefix = "transformer.single_transformer_blocks.0"
      let adapter = TensorFile(tensors: [
        .random("\(prefix).attn.to_k.lora_A.weight", [2, 16], seed: 1),
        .random("\(prefix).attn.to_k.lora_B.weight", [16, 2], seed: 2),
        .random("\(prefix).proj_mlp.lora_A.weight", [3, 16], seed: 3),
        .random("\(prefix).proj_mlp.lora_B.weight", [64, 3], seed: 4),
      ])
      let path = try adapter.write(to: "\(folder)/a.safetensors")
      let output = "\(folder)/b.safetensors"
      let plan = try TestMerge.write(
        [path], weights: [1], to: output, options: MergeOptions(dialect: .kohya))
      #expect(plan.modules.map(\.weightShape) == [[112, 16]])
      #expect(plan.modules.map(\.rank) == [5])
      var expected = try SlowDelta.deltas(ofAdapterAt: path)
      let found = try SlowDelta.deltas(ofAdapterAt: output)
      for missing in ["to_q", "to_v"] {
        let target = ModuleTarget(
          component: .transformer, path: "single_transformer_blocks.0.attn.\(missing)")
        expected[target] = [Double](repeating: 0, count: 256)
      }
      try Self.expectSame(found, expected)
    }
  }

  /// A kohya and a diffusers adapter of Flux meet, in either dialect, at any rank.
  @Test(arguments: [AdapterDialect.kohya, .diffusers], [RankOption.exact, .rank(4)])
  func fusedAndSplitNamesMeet(_ dialect: AdapterDialect, _ rank: RankOption) throws {
    try TestMerge.withTemporaryFolder { folder in
      let family = try #require(Self.families.first { $0.name == "Flux" })
      let kohya = try Self.write(family, to: "\(folder)/a.safetensors")
      let diffusers = "\(folder)/b.safetensors"
      _ = try TestMerge.write(
        [kohya], weights: [1], to: diffusers, options: MergeOptions(dialect: .diffusers))
      let output = "\(folder)/c.safetensors"
      _ = try TestMerge.write(
        [kohya, diffusers], weights: [0.7, 0.3], to: output,
        options: MergeOptions(rank: rank, dialect: dialect))
      // Both are the same delta, so that rank 3 holds the sum.
      try Self.expectSame(
        SlowDelta.deltas(ofAdapterAt: output), SlowDelta.deltas(ofAdapterAt: kohya),
        tolerance: 1e-5)
    }
  }
}
