import Formats
import Foundation
import Fusion
import Testing

/// What is wrong with a module's tensors is said in one line that names it.
@Suite struct AlgorithmFaultTests {
  struct Fault: CustomTestStringConvertible, Sendable {
    let name: String
    let tensors: [(suffix: String, shape: [Int])]
    let mentions: String
    var config: String?
    var numbers: [String: Float] = [:]
    var testDescription: String { name }
  }

  static let faults: [Fault] = [
    Fault(
      name: "two algorithms under one name",
      tensors: [
        ("lora_down.weight", [2, 4]), ("lora_up.weight", [4, 2]), ("hada_w1_a", [4, 2]),
      ], mentions: "LoHa and LoRA under one name"),
    Fault(
      name: "core of another rank",
      tensors: [
        ("lora_down.weight", [2, 4, 1, 1]), ("lora_up.weight", [4, 2, 1, 1]),
        ("lora_mid.weight", [3, 2, 3, 3]),
      ], mentions: "core [3, 2, 3, 3] does not fit"),
    Fault(
      name: "LoHa of two shapes",
      tensors: [
        ("hada_w1_a", [4, 2]), ("hada_w1_b", [2, 5]), ("hada_w2_a", [4, 2]),
        ("hada_w2_b", [2, 6]),
      ], mentions: "no elementwise product"),
    Fault(
      name: "LoHa of two ranks in one matrix",
      tensors: [
        ("hada_w1_a", [4, 3]), ("hada_w1_b", [2, 5]), ("hada_w2_a", [4, 2]),
        ("hada_w2_b", [2, 5]),
      ], mentions: "do not fit together"),
    Fault(
      name: "LoKr without its second matrix", tensors: [("lokr_w1", [2, 2])],
      mentions: "without its lokr_w2"),
    Fault(
      name: "LoKr with half of a pair", tensors: [("lokr_w1", [2, 2]), ("lokr_w2_a", [4, 2])],
      mentions: "without one of its factors"),
    Fault(
      name: "LoKr both whole and in factors",
      tensors: [
        ("lokr_w1", [2, 2]), ("lokr_w2", [4, 4]), ("lokr_w2_a", [4, 2]), ("lokr_w2_b", [2, 4]),
      ], mentions: "both whole and in factors"),
    Fault(
      name: "LoKr of a scalar", tensors: [("lokr_w1", []), ("lokr_w2", [4, 4])],
      mentions: "not that of a factor"),
    Fault(
      name: "magnitudes of neither side",
      tensors: [
        ("lora_down.weight", [2, 4]), ("lora_up.weight", [6, 2]), ("dora_scale", [5, 1]),
      ], mentions: "fit neither side"),
    Fault(
      name: "magnitudes of PEFT for another weight",
      tensors: [("lora_A.weight", [2, 4]), ("lora_B.weight", [6, 2]), ("magnitude", [4])],
      mentions: "fit neither side"),
    Fault(
      name: "magnitudes beside a difference",
      tensors: [("diff", [4, 4]), ("dora_scale", [4, 1])],
      mentions: "magnitudes of DoRA beside difference"),
    Fault(
      name: "rotations that are not square", tensors: [("oft_blocks", [2, 3, 4])],
      mentions: "not that of rotations"),
    Fault(
      name: "a butterfly with too many stages", tensors: [("oft_blocks", [9, 2, 4, 4])],
      mentions: "no butterfly"),
    Fault(
      name: "a butterfly of odd blocks", tensors: [("oft_blocks", [1, 2, 3, 3])],
      mentions: "no butterfly"),
    Fault(
      name: "a rescale of another height",
      tensors: [("oft_blocks", [2, 2, 2]), ("rescale", [5, 1])], mentions: "does not fit 4 rows"),
    Fault(
      name: "OFT of PEFT alone", tensors: [("oft_R.weight", [2, 6])],
      mentions: "without its configuration"),
    Fault(
      name: "rows that are no triangle", tensors: [("oft_R.weight", [2, 5])],
      mentions: "no triangle", config: "{\"peft_type\": \"OFT\"}"),
    Fault(
      name: "GLoRA of factors that do not fit",
      tensors: [
        ("a1.weight", [4, 2]), ("a2.weight", [3, 4]), ("b1.weight", [6, 2]), ("b2.weight", [2, 4]),
      ], mentions: "do not fit together"),
    Fault(
      name: "GLoRA without a part", tensors: [("a1.weight", [4, 2]), ("a2.weight", [2, 4])],
      mentions: "GLoRA without its b1"),
    Fault(
      name: "VeRA without its matrices",
      tensors: [("vera_lambda_b", [4]), ("vera_lambda_d", [2])],
      mentions: "vera_A and vera_B are not in the file", config: "{\"peft_type\": \"VERA\"}"),
    Fault(
      name: "AdaLoRA of another rank",
      tensors: [("lora_A", [2, 4]), ("lora_B", [4, 2]), ("lora_E", [3, 1])],
      mentions: "lora_E [3, 1] does not fit", config: "{\"peft_type\": \"ADALORA\", \"r\": 2}"),
    Fault(
      name: "tokens without indices",
      tensors: [("token_adapter.trainable_tokens_delta", [3, 4])],
      mentions: "3 rows for 0 tokens", config: "{\"peft_type\": \"LORA\"}"),
    Fault(
      name: "tokens named twice", tensors: [("token_adapter.trainable_tokens_delta", [2, 4])],
      mentions: "2 rows for 2 tokens",
      config: "{\"peft_type\": \"LORA\", \"trainable_token_indices\": [1, 1]}"),
    Fault(
      name: "a method that is not read", tensors: [("lora_A.weight", [2, 4])],
      mentions: "is 'XLORA'", config: "{\"peft_type\": \"XLORA\"}"),
    Fault(
      name: "on_input alone", tensors: [], mentions: "no weight beside it",
      numbers: ["on_input": 1]),
    Fault(
      name: "alpha that is not finite",
      tensors: [
        ("hada_w1_a", [4, 2]), ("hada_w1_b", [2, 5]), ("hada_w2_a", [4, 2]),
        ("hada_w2_b", [2, 5]),
      ], mentions: "not a finite number", numbers: ["alpha": .infinity]),
    Fault(
      name: "rows that cannot be divided",
      tensors: [("lora_down.weight", [2, 4]), ("lora_up.weight", [7, 2])],
      mentions: "7 rows cannot be divided between the 3 weights"),
  ]

  @Test(arguments: faults) func oneLineSaysWhat(_ fault: Fault) throws {
    try TestMerge.withTemporaryFolder { folder in
      let isStack = fault.name == "rows that cannot be divided"
      let kohya = isStack ? "lora_unet_double_blocks_0_img_attn_qkv" : SampleAlgorithm.kohya
      let stem = fault.config == nil ? kohya : SampleAlgorithm.peft
      let file = TensorFile(
        tensors: fault.tensors.map { .random("\(stem).\($0.suffix)", $0.shape, seed: 1) }
          + fault.numbers.map { .number("\(stem).\($0.key)", $0.value) }, config: fault.config)
      let path = try file.write(to: "\(folder)/a\(fault.config == nil ? ".safetensors" : "")")
      let error = #expect(throws: FormatError.self) {
        try TestMerge.write(
          [path], weights: [1], to: "\(folder)/out.safetensors",
          options: MergeOptions(dialect: .diffusers))
      }
      let line = error?.description ?? ""
      #expect(line.contains(fault.mentions), "\(line)")
      #expect(!line.contains("\n"))
      #expect(line.contains(folder))
    }
  }

  /// Models have alphas too, of activations; beside a module one without factors shows what is missing.
  @Test func anAlphaAloneMakesNoAdapter() throws {
    try TestMerge.withTemporaryFolder { folder in
      let alpha = TensorFile.Tensor.number("lora_unet_conv_in.alpha", 1)
      let stem = SampleAlgorithm.kohya
      let module: [TensorFile.Tensor] = [
        .random("\(stem).lora_down.weight", [2, 4], seed: 1),
        .random("\(stem).lora_up.weight", [4, 2], seed: 2),
      ]
      for (tensors, code) in [([alpha], FindingCode.noAdapter), (module + [alpha], .missingFactor)]
      {
        let path = try TensorFile(tensors: tensors).write(to: "\(folder)/a.safetensors")
        let error = #expect(throws: FormatError.self) { try AdapterFile(path: path) }
        #expect(error?.code == code)
      }
      let path = try TensorFile(tensors: [alpha]).write(to: "\(folder)/a.safetensors")
      #expect(try FileInspection(path: path).kind == .unknown)
    }
  }

  /// An alpha that is not finite does not matter where no reader looks at it.
  @Test func alphaBesideWholeMatricesOfLoKrIsIgnored() throws {
    try TestMerge.withTemporaryFolder { folder in
      let stem = SampleAlgorithm.kohya
      let path = try TensorFile(tensors: [
        .random("\(stem).lokr_w1", [2, 2], seed: 1), .random("\(stem).lokr_w2", [3, 3], seed: 2),
        .number("\(stem).alpha", .infinity),
      ]).write(to: "\(folder)/a.safetensors")
      let module = try #require(try AdapterFile(path: path).modules.first)
      #expect(module.scale.value == 1)
      #expect(module.scale.source == .inherent)
    }
  }

  /// A NaN is found wherever it is, and its tensor named.
  @Test(arguments: SampleAlgorithm.all) func elementsThatAreNotNumbersAreNamed(
    _ sample: SampleAlgorithm
  ) throws {
    try TestMerge.withTemporaryFolder { folder in
      let stem = sample.config == nil ? SampleAlgorithm.kohya : SampleAlgorithm.peft
      let tensors = sample.tensors(stem, 1)
      for index in tensors.indices
      where !tensors[index].shape.isEmpty && !tensors[index].name.hasPrefix(stem + "2") {
        var damaged = tensors
        damaged[index].values[damaged[index].values.count - 1] = .nan
        let path = try TensorFile(tensors: damaged, config: sample.config)
          .write(to: "\(folder)/a\(sample.config == nil ? ".safetensors" : "")")
        let library = try AdapterLibrary(paths: [path], threads: 1)
        let module = try AlgorithmLawTests.module(library.members[0].file)
        let error = #expect(throws: FormatError.self) {
          try DeltaReader(library.members).delta(of: module, adapter: 0)
        }
        #expect(error?.place?.contains(damaged[index].name) == true)
      }
    }
  }

  /// Biases and norms go into kohya files, and nowhere else.
  @Test func vectorsAreForKohya() throws {
    try TestMerge.withTemporaryFolder { folder in
      let stem = "lora_unet_mid_block_resnets_0_norm1"
      let path = try TensorFile(tensors: [
        .random("\(stem).w_norm", [6], seed: 1), .random("\(stem).b_norm", [6], seed: 2),
      ]).write(to: "\(folder)/a.safetensors")
      let output = "\(folder)/out.safetensors"
      _ = try TestMerge.write(
        [path], weights: [0.5], to: output, options: MergeOptions(rank: .energy(0.9)))
      #expect(
        try AdapterFile(path: output).tensors.header.tensors.map(\.name.string).sorted()
          == ["\(stem).diff", "\(stem).diff_b"])
      let (found, expected) = (
        try SlowDelta.deltas(ofAdapterAt: output), try SlowDelta.deltas(ofAdapterAt: path)
      )
      for (target, delta) in expected {
        #expect(SlowDelta.distance(found[target] ?? [], delta.map { $0 / 2 }) < 1e-7)
      }
      for dialect in [AdapterDialect.diffusers, .peft] {
        let error = #expect(throws: FormatError.self) {
          try TestMerge.write(
            [path], weights: [1], to: output, options: MergeOptions(dialect: dialect))
        }
        #expect(error?.remedy?.contains("--base") == true)
      }
    }
  }

  /// Embeddings inside an adapter are no part of the model, and said not to be.
  @Test func bundledEmbeddingsAreNoted() throws {
    try TestMerge.withTemporaryFolder { folder in
      let stem = SampleAlgorithm.kohya
      let path = try TensorFile(tensors: [
        .random("\(stem).lora_down.weight", [2, 4], seed: 1),
        .random("\(stem).lora_up.weight", [4, 2], seed: 2),
        .random("bundle_emb.cat.string_to_param.*", [3, 8], seed: 3),
        .random("bundle_emb.cat.clip_g", [3, 8], seed: 4),
      ]).write(to: "\(folder)/a.safetensors")
      let adapter = try AdapterFile(path: path)
      #expect(adapter.modules.count == 1)
      #expect(adapter.warnings.count { $0.contains("embedding 'cat'") } == 1)
    }
  }

  /// What is some kind of adapter, but not one of a model's weights, is called by its name.
  @Test(arguments: [
    ("unet:0:up", "cloneofsimo"), ("lora_controlnet", "ControlLoRA"),
    ("emb_params", "textual inversion"),
  ]) func otherFormatsAreNamed(_ tensor: String, _ mentions: String) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(tensors: [.random(tensor, [2, 2], seed: 1)])
        .write(to: "\(folder)/a.safetensors")
      let error = #expect(throws: FormatError.self) { try AdapterFile(path: path) }
      #expect(error?.description.contains(mentions) == true)
      #expect(error?.kind == .unsupported)
    }
  }

  /// Both transformers of Wan 2.2 have a place of their own.
  @Test func theSecondTransformerIsAnother() throws {
    try TestMerge.withTemporaryFolder { folder in
      let tensors = ["transformer", "transformer_2"].enumerated().flatMap { index, component in
        [("lora_A", [2, 8]), ("lora_B", [8, 2])].map { factor, shape in
          TensorFile.Tensor.random(
            "\(component).blocks.0.attn1.to_q.\(factor).weight", shape, seed: UInt64(index + 1))
        }
      }
      let path = try TensorFile(tensors: tensors).write(to: "\(folder)/a.safetensors")
      let output = "\(folder)/b.safetensors"
      _ = try TestMerge.write([path], weights: [1], to: output)
      #expect(
        try AdapterFile(path: output).modules.map(\.target)
          == [ModelComponent.transformer, .transformer2].map {
            ModuleTarget(component: $0, path: "blocks.0.attn1.to_q")
          })
      #expect(throws: FormatError.self) {
        try TestMerge.write(
          [path], weights: [1], to: output, options: MergeOptions(dialect: .kohya))
      }
    }
  }

  /// Flux's control adapters replace norms, which only the base shows.
  @Test func normsOfControlAdaptersAreNotLeftOut() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(tensors: [
        .random("double_blocks.0.img_attn.proj.lora_A.weight", [2, 8], seed: 1),
        .random("double_blocks.0.img_attn.proj.lora_B.weight", [8, 2], seed: 2),
        .random("double_blocks.0.img_attn.proj.lora_B.bias", [8], seed: 3),
        .random("double_blocks.0.img_attn.norm.query_norm.scale", [4], seed: 4),
      ]).write(to: "\(folder)/a.safetensors")
      #expect(
        try AdapterFile(path: path).modules.map { "\($0.target)" } == [
          "transformer.transformer_blocks.0.attn.norm_q",
          "transformer.transformer_blocks.0.attn.to_out.0.bias",
          "transformer.transformer_blocks.0.attn.to_out.0",
        ])
      let error = #expect(throws: FormatError.self) {
        try TestMerge.write([path], weights: [1], to: "\(folder)/b.safetensors")
      }
      #expect(error?.remedy?.contains("--base") == true)
    }
  }
}
