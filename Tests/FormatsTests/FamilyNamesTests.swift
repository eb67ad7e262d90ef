import Formats
import Testing

/// Names of modules in original checkpoints, and the canonical weights that they stand for.
///
/// The pairs are those of the conversion scripts of diffusers, written out once more by hand.
@Suite struct FamilyNamesTests {
  struct Pair: CustomTestStringConvertible, Sendable {
    let family: String
    let native: String
    let canonical: [String]
    var isSwapped = false
    var testDescription: String { "\(family) \(native)" }
  }

  static let pairs: [Pair] = [
    Pair(
      family: "Flux", native: "double_blocks.7.img_attn.qkv",
      canonical: [
        "transformer_blocks.7.attn.to_q", "transformer_blocks.7.attn.to_k",
        "transformer_blocks.7.attn.to_v",
      ]),
    Pair(
      family: "Flux", native: "double_blocks.0.txt_attn.qkv",
      canonical: [
        "transformer_blocks.0.attn.add_q_proj", "transformer_blocks.0.attn.add_k_proj",
        "transformer_blocks.0.attn.add_v_proj",
      ]),
    Pair(
      family: "Flux", native: "single_blocks.37.linear1",
      canonical: [
        "single_transformer_blocks.37.attn.to_q", "single_transformer_blocks.37.attn.to_k",
        "single_transformer_blocks.37.attn.to_v", "single_transformer_blocks.37.proj_mlp",
      ]),
    Pair(
      family: "Flux", native: "double_blocks.18.img_mlp.2",
      canonical: ["transformer_blocks.18.ff.net.2"]),
    Pair(
      family: "Flux", native: "double_blocks.18.txt_mlp.0",
      canonical: ["transformer_blocks.18.ff_context.net.0.proj"]),
    Pair(
      family: "Flux", native: "single_blocks.4.modulation.lin",
      canonical: ["single_transformer_blocks.4.norm.linear"]),
    Pair(
      family: "Flux", native: "guidance_in.out_layer",
      canonical: ["time_text_embed.guidance_embedder.linear_2"]),
    Pair(
      family: "Flux", native: "final_layer.adaLN_modulation.1", canonical: ["norm_out.linear"],
      isSwapped: true),
    Pair(
      family: "SD 3", native: "joint_blocks.23.context_block.attn.qkv",
      canonical: [
        "transformer_blocks.23.attn.add_q_proj", "transformer_blocks.23.attn.add_k_proj",
        "transformer_blocks.23.attn.add_v_proj",
      ]),
    Pair(
      family: "SD 3", native: "joint_blocks.2.x_block.mlp.fc1",
      canonical: ["transformer_blocks.2.ff.net.0.proj"]),
    Pair(
      family: "SD 3", native: "joint_blocks.2.x_block.attn2.proj",
      canonical: ["transformer_blocks.2.attn2.to_out.0"]),
    Pair(family: "SD 3", native: "x_embedder.proj", canonical: ["pos_embed.proj"]),
    Pair(
      family: "HunyuanVideo", native: "double_blocks.19.txt_mod.linear",
      canonical: ["transformer_blocks.19.norm1_context.linear"]),
    Pair(
      family: "HunyuanVideo", native: "double_blocks.3.img_mlp.fc2",
      canonical: ["transformer_blocks.3.ff.net.2"]),
    Pair(
      family: "HunyuanVideo", native: "single_blocks.39.modulation.linear",
      canonical: ["single_transformer_blocks.39.norm.linear"]),
    Pair(
      family: "HunyuanVideo", native: "txt_in.individual_token_refiner.blocks.1.self_attn_qkv",
      canonical: ["to_q", "to_k", "to_v"].map {
        "context_embedder.token_refiner.refiner_blocks.1.attn.\($0)"
      }),
    Pair(
      family: "HunyuanVideo", native: "txt_in.individual_token_refiner.blocks.0.mlp.fc1",
      canonical: ["context_embedder.token_refiner.refiner_blocks.0.ff.net.0.proj"]),
    Pair(
      family: "HunyuanVideo",
      native: "txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1",
      canonical: ["context_embedder.token_refiner.refiner_blocks.0.norm_out.linear"]),
    Pair(
      family: "HunyuanVideo", native: "txt_in.t_embedder.mlp.2",
      canonical: ["context_embedder.time_text_embed.timestep_embedder.linear_2"]),
    Pair(
      family: "HunyuanVideo", native: "txt_in.c_embedder.linear_1",
      canonical: ["context_embedder.time_text_embed.text_embedder.linear_1"]),
    Pair(
      family: "HunyuanVideo", native: "txt_in.input_embedder",
      canonical: ["context_embedder.proj_in"]),
    Pair(
      family: "HunyuanVideo", native: "guidance_in.mlp.0",
      canonical: ["time_text_embed.guidance_embedder.linear_1"]),
    Pair(
      family: "HunyuanVideo", native: "double_blocks.0.txt_attn_k_norm",
      canonical: ["transformer_blocks.0.attn.norm_added_k"]),
    Pair(
      family: "Flux 2", native: "double_blocks.7.txt_mlp.2",
      canonical: ["transformer_blocks.7.ff_context.linear_out"]),
    Pair(
      family: "Flux 2", native: "single_blocks.47.linear1",
      canonical: ["single_transformer_blocks.47.attn.to_qkv_mlp_proj"]),
    Pair(
      family: "Flux 2", native: "single_blocks.0.linear2",
      canonical: ["single_transformer_blocks.0.attn.to_out"]),
    Pair(
      family: "Flux 2", native: "double_stream_modulation_img.lin",
      canonical: ["double_stream_modulation_img.linear"]),
    Pair(
      family: "Flux 2", native: "time_in.out_layer",
      canonical: ["time_guidance_embed.timestep_embedder.linear_2"]),
    Pair(
      family: "Chroma", native: "distilled_guidance_layer.layers.4.in_layer",
      canonical: ["distilled_guidance_layer.layers.4.linear_1"]),
    Pair(
      family: "Chroma", native: "double_blocks.18.img_mlp.0",
      canonical: ["transformer_blocks.18.ff.net.0.proj"]),
    Pair(
      family: "Lumina 2", native: "cap_embedder.1",
      canonical: ["time_caption_embed.caption_embedder.1"]),
    Pair(
      family: "Lumina 2", native: "t_embedder.mlp.0",
      canonical: ["time_caption_embed.timestep_embedder.linear_1"]),
    Pair(family: "Lumina 2", native: "final_layer.linear", canonical: ["norm_out.linear_2"]),
    Pair(
      family: "Lumina 2", native: "layers.3.attention_norm1", canonical: ["layers.3.norm1.norm"]),
    Pair(
      family: "Lumina 2", native: "context_refiner.1.attention_norm1",
      canonical: ["context_refiner.1.norm1"]),
    Pair(family: "Wan", native: "blocks.39.self_attn.o", canonical: ["blocks.39.attn1.to_out.0"]),
    Pair(
      family: "Wan", native: "blocks.0.cross_attn.v_img",
      canonical: ["blocks.0.attn2.add_v_proj"]),
    Pair(family: "Wan", native: "blocks.5.ffn.2", canonical: ["blocks.5.ffn.net.2"]),
    Pair(
      family: "Wan", native: "time_embedding.2",
      canonical: ["condition_embedder.time_embedder.linear_2"]),
    Pair(
      family: "Qwen-Image", native: "transformer_blocks.59.img_mlp.net.0.proj",
      canonical: ["transformer_blocks.59.img_mlp.net.0.proj"]),
    Pair(
      family: "Qwen-Image", native: "transformer_blocks.59.txt_mod.1",
      canonical: ["transformer_blocks.59.txt_mod.1"]),
    Pair(
      family: "Lumina 2", native: "layers.25.attention.qkv",
      canonical: ["layers.25.attn.to_q", "layers.25.attn.to_k", "layers.25.attn.to_v"]),
    Pair(
      family: "Lumina 2", native: "noise_refiner.1.feed_forward.w3",
      canonical: ["noise_refiner.1.feed_forward.linear_3"]),
    Pair(
      family: "Z-Image", native: "layers.29.attention.qkv",
      canonical: [
        "layers.29.attention.to_q", "layers.29.attention.to_k", "layers.29.attention.to_v",
      ]),
    Pair(
      family: "Z-Image", native: "context_refiner.0.attention.out",
      canonical: ["context_refiner.0.attention.to_out.0"]),
    Pair(
      family: "language model", native: "model.layers.31.self_attn.q_proj",
      canonical: ["model.layers.31.self_attn.q_proj"]),
  ]

  static func family(_ name: String) throws -> FamilyNames {
    try #require(FamilyNames.all.first { $0.name == name })
  }

  @Test(arguments: pairs) func nativeNamesLeadToCanonicalWeights(_ pair: Pair) throws {
    let family = try Self.family(pair.family)
    let flat = pair.native.replacing(".", with: "_")
    for name in [pair.native, flat] {
      let stack = try #require(family.stack(of: name, shape: nil))
      #expect(stack.pieces.map(\.target.path) == pair.canonical)
      #expect(stack.swapsHalves == pair.isSwapped)
    }
  }

  @Test(arguments: pairs) func canonicalNamesLeadBack(_ pair: Pair) throws {
    let family = try Self.family(pair.family)
    for path in pair.canonical {
      let target = ModuleTarget(component: family.component, path: path)
      #expect(family.stack(of: path, shape: nil)?.pieces.map(\.target) == [target])
      let native = try #require(family.native(of: target, shape: nil))
      #expect(native.path == pair.native)
      #expect(native.stack.pieces.map(\.target.path) == pair.canonical)
    }
  }

  /// What trainers call modules otherwise.
  static let aliases: [(family: String, alias: String, canonical: [String])] = [
    (
      "Flux", "double_blocks.2.processor.proj_lora2", ["transformer_blocks.2.attn.to_add_out"]
    ),
    (
      "Flux", "single_blocks.2.processor.qkv_lora",
      ["to_q", "to_k", "to_v"].map { "single_transformer_blocks.2.attn.\($0)" }
    ),
    ("HunyuanVideo", "double_blocks.1.img_mod.lin", ["transformer_blocks.1.norm1.linear"]),
    (
      "HunyuanVideo", "double_blocks.1.txt_attn.qkv",
      ["add_q_proj", "add_k_proj", "add_v_proj"].map { "transformer_blocks.1.attn.\($0)" }
    ),
  ]

  @Test(arguments: aliases) func otherWordsAreUnderstood(
    _ family: String, _ alias: String, _ canonical: [String]
  ) throws {
    let stack = try #require(try Self.family(family).stack(of: alias, shape: nil))
    #expect(stack.pieces.map(\.target.path) == canonical)
  }

  @Test func shapesTellFamiliesOfEqualNamesApart() {
    func detect(_ path: String, _ shape: [Int]) -> String? {
      FamilyNames.detect([(path, shape)])?.name
    }
    #expect(detect("layers_0_attention_qkv", [3840, 2304]) == "Lumina 2")
    #expect(detect("layers_0_attention_qkv", [11520, 3840]) == "Z-Image")
    #expect(detect("double_blocks.0.img_mlp.0", [36864, 6144]) == "Flux 2")
    #expect(detect("double_blocks.0.img_mlp.0", [12288, 3072]) == "Flux")
    #expect(detect("single_blocks_3_linear1", [55296, 6144]) == "Flux 2")
    #expect(detect("single_blocks_3_linear1", [21504, 3072]) == "Flux")
    #expect(detect("double_blocks.0.img_attn.qkv", [9216, 3072]) == "Flux")
    #expect(detect("distilled_guidance_layer.layers.0.in_layer", [5120, 5120]) == "Chroma")
    #expect(detect("nothing_0_known", [4, 4]) == nil)
    #expect(detect("double_blocks_99999999999999999999_img_attn_qkv", [48, 16]) == nil)
  }

  /// The last block of SD 3 modulates its context with two parts, in the other order.
  @Test func onlyTheLastContextBlockOfSD3IsSwapped() throws {
    let family = try Self.family("SD 3")
    let path = "joint_blocks.23.context_block.adaLN_modulation.1"
    #expect(family.stack(of: path, shape: [3072, 1536])?.swapsHalves == true)
    #expect(family.stack(of: path, shape: [9216, 1536])?.swapsHalves == false)
  }

  /// Where the rows of a stack go in another.
  @Test func rowsMoveBetweenStacks() throws {
    let family = try Self.family("Flux")
    let whole = try #require(family.stack(of: "single_blocks.0.linear1", shape: nil))
    let keys = ModuleStack(whole.pieces[1].target)
    #expect(whole.rows(of: 70) == [0..<10, 10..<20, 20..<30, 30..<70])
    #expect(whole.rows(of: 71) == nil)
    #expect(
      whole.moves(rowCount: 70, to: keys, rowCount: 10)
        == [RowMove(source: 10..<20, destination: 0)])
    #expect(
      keys.moves(rowCount: 10, to: whole, rowCount: 70)
        == [RowMove(source: 0..<10, destination: 10)])
    #expect(keys.rowCount(10, in: whole) == 70)
    #expect(whole.rowCount(70, in: keys) == 10)
    #expect(
      whole.moves(rowCount: 70, to: whole, rowCount: 70)
        == [RowMove(source: 0..<70, destination: 0)])
    let last = try #require(family.stack(of: "final_layer.adaLN_modulation.1", shape: nil))
    let canonical = ModuleStack(last.pieces[0].target)
    #expect(
      last.moves(rowCount: 6, to: canonical, rowCount: 6)
        == [
          RowMove(source: 0..<3, destination: 3), RowMove(source: 3..<6, destination: 0),
        ])
    #expect(last.moves(rowCount: 5, to: canonical, rowCount: 5) == nil)
  }
}
