import Formats
import Foundation
import Fusion
import Testing

/// Weights that differ between modules, against dense deltas of the adapters, each times its weight.
@Suite struct ModuleWeightsTests {
  static func options(
    blockWeights: String? = nil, gates: String? = nil, textEncoder: Double = 1, model: Double = 1,
    in folder: String
  ) throws -> ModuleWeightOptions {
    var options = ModuleWeightOptions()
    (options.textEncoderStrength, options.modelStrength) = (textEncoder, model)
    func write(_ text: String?, _ name: String) throws -> String? {
      guard let text else { return nil }
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).json"))
      return "\(folder)/\(name).json"
    }
    options.blockWeights = try write(blockWeights, "blocks")
    options.gates = try write(gates, "gates")
    return options
  }

  /// Σ over the adapters of `weight · delta`, without the weights that nothing changes.
  static func sum(
    _ paths: [String], _ weight: (Int, ModuleTarget) -> Double
  ) throws -> [ModuleTarget: [Double]] {
    var sum: [ModuleTarget: [Double]] = [:]
    for (index, path) in paths.enumerated() {
      for (target, delta) in try SlowDelta.deltas(ofAdapterAt: path) {
        let weight = weight(index, target)
        guard weight != 0 else { continue }
        let before = sum[target] ?? [Double](repeating: 0, count: delta.count)
        sum[target] = zip(before, delta).map { $0 + weight * $1 }
      }
    }
    return sum
  }

  /// Compares a written adapter; rows that its stacks have beyond the expected ones must be zero.
  static func expect(
    _ path: String, is expected: [ModuleTarget: [Double]], tolerance: Double = 1e-5
  ) throws {
    let found = try SlowDelta.deltas(ofAdapterAt: path)
    #expect(Set(expected.keys).subtracting(found.keys).isEmpty)
    for (target, delta) in found {
      let reference = expected[target] ?? [Double](repeating: 0, count: delta.count)
      let limit = tolerance * SlowDelta.largest(reference)
      #expect(SlowDelta.distance(delta, reference) <= limit, "\(target)")
    }
  }

  /// Kohya names of SDXL with two text encoders, so that every kind of component is there.
  static func sdxl(in folder: String) throws -> [String] {
    try ["fox", "ink"].enumerated().map { index, name in
      try SyntheticAdapter(
        modules: [
          .init(
            name: "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k",
            shape: [8, 2048], rank: 2, alpha: 1),
          .init(
            name: "lora_unet_input_blocks_8_1_transformer_blocks_3_attn1_to_q", shape: [8, 8],
            rank: 2, alpha: 3),
          .init(name: "lora_unet_middle_block_1_proj_in", shape: [8, 6], rank: 3, alpha: 1),
          .init(name: "lora_unet_output_blocks_2_2_conv", shape: [6, 5, 3, 3], rank: 2, alpha: 1),
          .init(
            name: "lora_te1_text_model_encoder_layers_0_mlp_fc1", shape: [9, 7], rank: 2, alpha: 1),
          .init(
            name: "lora_te2_text_model_encoder_layers_0_mlp_fc1", shape: [9, 7], rank: 2, alpha: 2),
        ], seed: UInt64(index + 1)
      ).write(to: "\(folder)/\(name).safetensors")
    }
  }

  @Test(arguments: [RankOption.exact, .rank(2), .energy(1)])
  func strengthsAreForTheirComponents(_ rank: RankOption) throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.sdxl(in: folder), "\(folder)/out.safetensors")
      // One adapter, whose ranks are at most 3, so that only the middle block loses something.
      let options = try Self.options(textEncoder: 0.25, model: -0.5, in: folder)
      let plan = try TestMerge.write(
        [paths[0]], weights: [0.8], to: output, options: MergeOptions(rank: rank), modules: options)
      #expect(plan.modules.count == 6)
      var expected = try Self.sum([paths[0]]) { _, target in
        0.8 * (target.component.isTextEncoder ? 0.25 : -0.5)
      }
      if rank == .rank(2) {
        let middle = ModuleTarget(component: .unet, path: "mid_block.attentions.0.proj_in")
        expected[middle] = try SlowDelta.deltas(ofAdapterAt: output)[middle]
      }
      try Self.expect(output, is: expected)
    }
  }

  @Test(arguments: [AdapterDialect.kohya, .diffusers]) func factorsGateAndStrengthsMultiply(
    _ dialect: AdapterDialect
  ) throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.sdxl(in: folder), "\(folder)/out.safetensors")
      let options = try Self.options(
        blockWeights: #"{"unet.*": 0.5, "fox": {"*attn1.to_q": 2, "MID": 0}, "unet.up_blocks": 3}"#,
        gates: #"{"unet.down_blocks.2": {"ink": 0.3}, "text_encoder_2": {"fox": -1, "ink": 0}}"#,
        textEncoder: 0.5, in: folder)
      let plan = try TestMerge.write(
        paths, weights: [0.7, 0.4], to: output, options: MergeOptions(dialect: dialect),
        modules: options)
      func weight(_ adapter: Int, _ target: ModuleTarget) -> Double {
        let isFox = adapter == 0
        let own = isFox ? 0.7 : 0.4
        switch target.component {
        case .textEncoder: return own * 0.5
        case .textEncoder2: return isFox ? -1 * 0.5 : 0
        default: break
        }
        if target.path.hasPrefix("down_blocks.2.") { return isFox ? 0.7 * 2 : 0.3 * 0.5 }
        if target.path.hasPrefix("mid_block") { return isFox ? 0 : 0.4 * 0.5 }
        return own * (target.path.hasPrefix("up_blocks.") ? 3 : 0.5)
      }
      try Self.expect(output, is: Self.sum(paths, weight))
      // A part of weight 0 takes no rank.
      let middle = try #require(plan.modules.first { $0.target.path.hasPrefix("mid_block") })
      #expect(middle.parts.count == 1)
      #expect(middle.rank == 3)
    }
  }

  /// An adapter that the attention leaves out takes part where a gate opens, and only there.
  @Test func gatesOpenForAdaptersOfWeightZero() throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.sdxl(in: folder), "\(folder)/out.safetensors")
      let plan = try TestMerge.write(
        paths, weights: [0, 0], to: output,
        modules: Self.options(gates: #"{"IN0?": {"ink": 0.6}}"#, in: folder))
      #expect(plan.active == [1])
      #expect(plan.modules.count == 2)
      try Self.expect(
        output,
        is: Self.sum(paths) { adapter, target in
          adapter == 1 && target.path.hasPrefix("down_blocks.") ? 0.6 : 0
        })
    }
  }

  /// Every case of the corpus, with the deltas that its library computes.
  @Test(arguments: Zoo.singles) func eachModuleHasItsFactor(_ zoo: Zoo.Case) throws {
    let adapter = try AdapterFile(path: zoo.path)
    let isWritten = adapter.modules.allSatisfy {
      !$0.algorithm.needsBase && ($0.target.parameter == .weight || adapter.dialect == .kohya)
    }
    guard isWritten, adapter.modules.count > 1, zoo.base != "gpt2" else { return }
    var factors: [ModuleTarget: Double] = [:]
    for (index, module) in adapter.modules.enumerated() {
      for piece in module.stack.pieces { factors[piece.target] = [0.5, -1.5, 0, 2][index % 4] }
    }
    let entries = adapter.modules.map { module in
      (module.target.description, JSONValue.number(factors[module.stack.pieces[0].target] ?? .nan))
    }
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out.safetensors"
      _ = try TestMerge.write(
        [zoo.path], weights: [1], to: output, options: MergeOptions(dtype: .f32),
        modules: Self.options(
          blockWeights: JSONValue.object(pairs: entries).compact, in: folder))
      let found = try SlowDelta.deltas(ofAdapterAt: output)
      let expected = try Zoo.expected(zoo.expected)
      for (target, factor) in factors where factor != 0 {
        let reference = try #require(expected[Zoo.name(of: target)]).values.map { $0 * factor }
        let limit = 2 * zoo.tolerance.limit(delta: reference, weight: nil) + 1e-7
        #expect(SlowDelta.distance(found[target] ?? [], reference) <= limit, "\(target)")
      }
      #expect(found.keys.allSatisfy { factors[$0] != 0 })
    }
  }

  /// Queries, keys and values that a file keeps in one may have different weights.
  @Test(arguments: [AdapterDialect.kohya, .diffusers], [RankOption.exact, .rank(6)])
  func rowsOfAStackHaveTheirOwnWeights(_ dialect: AdapterDialect, _ rank: RankOption) throws {
    try TestMerge.withTemporaryFolder { folder in
      let family = try #require(FamilyRoundTripTests.families.first { $0.name == "Flux" })
      let kohya = try FamilyRoundTripTests.write(family, to: "\(folder)/a.safetensors")
      let diffusers = "\(folder)/b.safetensors"
      _ = try TestMerge.write(
        [kohya], weights: [1], to: diffusers, options: MergeOptions(dialect: .diffusers))
      let output = "\(folder)/c.safetensors"
      _ = try TestMerge.write(
        [kohya, diffusers], weights: [0.7, 0.3], to: output,
        options: MergeOptions(rank: rank, dialect: dialect),
        modules: Self.options(
          blockWeights: #"{"*.to_k": 0.25, "*.to_v": 0, "*.proj_mlp": -1}"#, in: folder))
      let expected = try Self.sum([kohya, diffusers]) { adapter, target in
        let own = adapter == 0 ? 0.7 : 0.3
        for (end, factor) in [(".to_k", 0.25), (".to_v", 0), (".proj_mlp", -1)]
        where target.path.hasSuffix(end) { return own * factor }
        return own
      }
      try Self.expect(output, is: expected, tolerance: 2e-5)
    }
  }

  /// The number of a block in web UIs, and the place of its factor in each preset, counted by hand.
  static let presets: [(name: String, sizes: [Int: Int])] = [
    ("lora_te_text_model_encoder_layers_0_mlp_fc1", [17: 0, 26: 0, 12: 0, 20: 0]),
    ("lora_unet_conv_in", [26: 1, 20: 1]),
    ("lora_unet_down_blocks_0_attentions_0_proj_in", [17: 1, 26: 2, 20: 2]),
    ("lora_unet_down_blocks_0_resnets_1_conv1", [17: 2, 26: 3, 20: 3]),
    ("lora_unet_down_blocks_0_downsamplers_0_conv", [26: 4, 20: 4]),
    ("lora_unet_down_blocks_1_attentions_0_proj_out", [17: 3, 26: 5, 12: 1, 20: 5]),
    ("lora_unet_down_blocks_2_attentions_1_proj_out", [17: 6, 26: 9, 12: 4, 20: 9]),
    ("lora_unet_mid_block_resnets_1_conv2", [17: 7, 26: 13, 12: 5, 20: 10]),
    ("lora_unet_up_blocks_0_upsamplers_0_conv", [26: 16, 12: 8, 20: 13]),
    ("lora_unet_up_blocks_1_resnets_0_conv2", [17: 8, 26: 17, 12: 9, 20: 14]),
    ("lora_unet_up_blocks_1_upsamplers_0_conv", [17: 10, 26: 19, 12: 11, 20: 16]),
    ("lora_unet_up_blocks_2_resnets_2_conv1", [17: 13, 26: 22, 20: 19]),
    ("lora_unet_time_embedding_linear_1", [:]),
  ]

  @Test(arguments: [12, 17, 20, 26], [true, false])
  func presetsAreInTheOrderOfTheBlocks(_ count: Int, _ isText: Bool) throws {
    try TestMerge.withTemporaryFolder { folder in
      let width = count == 12 || count == 20 ? 2048 : 768
      let adapter = try SyntheticAdapter(
        modules: Self.presets.map { .init(name: $0.name, shape: [6, 5], rank: 1, alpha: 1) }
          + [
            .init(
              name: "lora_unet_down_blocks_1_attentions_1_transformer_blocks_0_attn2_to_k",
              shape: [6, width], rank: 1, alpha: 1)
          ], seed: 1
      ).write(to: "\(folder)/a.safetensors")
      let numbers = (0..<count).map { "\($0 + 2)" }.joined(separator: ", ")
      let text = isText ? "{\"a\": \"\(numbers)\"}" : "[\(numbers)]"
      let weights = try Self.weights(
        [adapter], Self.options(blockWeights: text, in: folder))
      let file = try AdapterFile(path: adapter)
      for preset in Self.presets {
        let module = try #require(file.modules.first { $0.stem == preset.name })
        // What a short form leaves out gets 0; what is in no block keeps its weight.
        let expected =
          preset.sizes[count].map { Double($0 + 2) } ?? (preset.sizes.isEmpty ? 1 : 0)
        #expect(weights.weights(of: module, adapter: 0) == [expected], "\(preset.name)")
      }
    }
  }

  /// The weights of adapters at 1.
  static func weights(
    _ paths: [String], _ options: ModuleWeightOptions
  ) throws -> ModuleWeights {
    var request = WeighingRequest()
    request.method = "linear"
    request.modules = options
    return try WeighedLibrary(AdapterLibrary(paths: paths, threads: 1), request, threads: 1)
      .moduleWeights
  }

  @Test func strengthMultipliesGatesToo() throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try Self.sdxl(in: folder)
      var request = WeighingRequest()
      request.method = "linear"
      request.strength = 0.5
      request.modules = try Self.options(gates: #"{"MID": {"fox": 0.8}}"#, in: folder)
      let library = try AdapterLibrary(paths: paths, threads: 1)
      let weights = try WeighedLibrary(library, request, threads: 1).moduleWeights
      for module in library.members[0].file.modules {
        let expected = module.target.path.hasPrefix("mid_block") ? 0.8 * 0.5 : 0.5
        #expect(weights.weights(of: module, adapter: 0) == [expected])
        #expect(weights.weights(of: module, adapter: 1) == [0.5])
      }
    }
  }

  @Test func anUnchangedModelIsNeverWritten() throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.sdxl(in: folder), "\(folder)/out.safetensors")
      for options in [
        try Self.options(blockWeights: #"{"*": 0}"#, in: folder),
        try Self.options(textEncoder: 0, model: 0, in: folder),
        try Self.options(gates: #"{"*": {"fox": 0, "ink": 0}}"#, in: folder),
      ] {
        let error = #expect(throws: FusionError.self) {
          try TestMerge.write(paths, weights: [1, 1], to: output, modules: options)
        }
        #expect(error?.message.contains("change nothing") == true)
        #expect(!FileManager.default.fileExists(atPath: output))
      }
    }
  }
}
