import Formats
import Foundation
import Fusion
import Testing

/// What does not fit is refused before anything is written, in one line that says what and where.
@Suite struct BakeFaultTests {
  private static func unet(_ width: Int, _ more: [SampleBase.Tensor] = []) -> SampleBase {
    SampleBase(
      tensors: [
        .random(
          "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", .f16, [8, width]),
        .random("down_blocks.0.attentions.0.proj_in.weight", .f16, [8, 8]),
      ] + more)
  }

  private static func adapter(_ modules: [(String, [Int])], _ folder: String) throws -> String {
    try SyntheticAdapter(
      modules: modules.map { .init(name: $0.0, shape: $0.1, rank: 2, alpha: 1) }, seed: 3
    ).write(to: "\(folder)/a.safetensors")
  }

  private static func fault(
    _ base: SampleBase, _ modules: [(String, [Int])], allowsUnmatched: Bool = false
  ) throws -> FormatError? {
    try TestMerge.withTemporaryFolder { folder in
      let path = try base.write(to: "\(folder)/base.safetensors")
      let adapter = try adapter(modules, folder)
      let error = #expect(throws: FormatError.self) {
        try TestBake.write(
          [(adapter, 1)], base: path, to: "\(folder)/out.safetensors",
          allowsUnmatched: allowsUnmatched)
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.safetensors"))
      return error
    }
  }

  private static let attention =
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
  private static let input = "lora_unet_down_blocks_0_attentions_0_proj_in"

  @Test func adaptersOfAnotherFamilyAreRefused() throws {
    let error = try #require(try Self.fault(Self.unet(2048), [(Self.attention, [8, 768])]))
    let line = error.description
    #expect(line.contains("a.safetensors") && line.contains("SD 1.x") && line.contains("768"))
    #expect(line.contains("base.safetensors") && line.contains("SDXL") && line.contains("2048"))
    #expect(!line.contains("\n") && error.kind == .unacceptable)
  }

  @Test func modulesWithoutPlaceAreNamedWithTheNearest() throws {
    let other = "lora_unet_down_blocks_1_attentions_0_proj_in"
    let error = try #require(
      try Self.fault(Self.unet(768), [(Self.input, [8, 8]), (other, [8, 8])]))
    #expect(error.place == "module 'unet.down_blocks.1.attentions.0.proj_in'")
    #expect(error.remedy?.contains("'unet.down_blocks.0.attentions.0.proj_in'") == true)
    #expect(error.remedy?.contains("--allow-unmatched") == true)
  }

  @Test func modulesWithoutPlaceCanBeLeftOut() throws {
    try TestMerge.withTemporaryFolder { folder in
      let base = try Self.unet(768).write(to: "\(folder)/base.safetensors")
      let adapter = try Self.adapter(
        [(Self.input, [8, 8]), ("lora_te_text_model_encoder_layers_0_mlp_fc1", [8, 8])], folder)
      let outcome = try TestBake.write(
        [(adapter, 1)], base: base, to: "\(folder)/out.safetensors", allowsUnmatched: true)
      let coverage = outcome.plan.coverage
      #expect(
        coverage.unmatched.map(\.description) == [
          "text_encoder.text_model.encoder.layers.0.mlp.fc1"
        ])
      #expect(coverage.matched == 1)
      #expect(coverage.sentence == "1/1 modules, 0/1 text-encoder modules")
      #expect(outcome.plan.targets.count == 1)
    }
  }

  /// Trainers write zeros for weights that they did not train.
  @Test func zerosNeedNoPlace() throws {
    try TestMerge.withTemporaryFolder { folder in
      let base = try Self.unet(768).write(to: "\(folder)/base.safetensors")
      let other = "lora_unet_down_blocks_1_attentions_0_proj_in"
      var tensors: [TensorFile.Tensor] = []
      for (name, isZero) in [(Self.input, false), (other, true)] {
        tensors.append(.random("\(name).lora_down.weight", [2, 8], seed: 1))
        var up = TensorFile.Tensor.random("\(name).lora_up.weight", [8, 2], seed: 2)
        if isZero { up.values = up.values.map { _ in -0.0 } }
        tensors.append(up)
      }
      let adapter = try TensorFile(tensors: tensors).write(to: "\(folder)/a.safetensors")
      let outcome = try TestBake.write(
        [(adapter, 1)], base: base, to: "\(folder)/out.safetensors")
      #expect(outcome.plan.coverage.void.count == 1 && outcome.plan.coverage.unmatched.isEmpty)
    }
  }

  @Test func shapesAreCompared() throws {
    let error = try #require(try Self.fault(Self.unet(768), [(Self.input, [8, 12])]))
    let line = error.description
    #expect(line.contains("[8, 12]") && line.contains("[8, 8]"))
    #expect(line.contains("a.safetensors") && line.contains("base.safetensors"))
    #expect(line.contains("'down_blocks.0.attentions.0.proj_in.weight'"))
  }

  @Test func overflowNamesTheTensor() throws {
    var base = Self.unet(768)
    base.tensors[1].values = base.tensors[1].values.map { _ in 65500 }
    let error = try TestMerge.withTemporaryFolder { folder in
      let path = try base.write(to: "\(folder)/base.safetensors")
      let adapter = try Self.adapter([(Self.input, [8, 8])], folder)
      return #expect(throws: FormatError.self) {
        try TestBake.write([(adapter, 1e4)], base: path, to: "\(folder)/out.safetensors")
      }
    }
    #expect(error?.place == "tensor 'down_blocks.0.attentions.0.proj_in.weight'")
  }

  @Test func integersAreRefused() throws {
    var base = Self.unet(768)
    base.tensors[1] = .init(
      name: base.tensors[1].name, dtype: .i32, shape: [8, 8],
      values: [Float](repeating: 0, count: 64))
    let error = try Self.fault(base, [(Self.input, [8, 8])])
    #expect(error?.problem.hasPrefix("is I32") == true)
  }

  @Test func adaptersAreNoBase() throws {
    try TestMerge.withTemporaryFolder { folder in
      let adapter = try Self.adapter([(Self.input, [8, 8])], folder)
      let error = #expect(throws: FormatError.self) { try Checkpoint(path: adapter) }
      #expect(error?.problem.contains("adapter") == true)
    }
  }

  /// An index that lists what no shard has, or leaves its folder.
  @Test func indexesAreChecked() throws {
    let source = "\(Zoo.folder)/bases/llama_sharded"
    try TestMerge.withTemporaryFolder { folder in
      let copy = "\(folder)/model"
      try FileManager.default.copyItem(atPath: source, toPath: copy)
      let index = "\(copy)/model.safetensors.index.json"
      let text = try String(contentsOfFile: index, encoding: .utf8)
      func fault(_ text: String) throws -> FormatError? {
        try text.write(toFile: index, atomically: true, encoding: .utf8)
        return #expect(throws: FormatError.self) { try Checkpoint(path: copy) }
      }
      let missing = try fault(text.replacing("\"model.norm.weight\"", with: "\"model.nothing\""))
      #expect(missing?.place == "tensor 'model.nothing'")
      let outside = try fault(
        text.replacing("\"model-00004-of-00004.safetensors\"", with: "\"../x.safetensors\""))
      #expect(outside?.problem.contains("weight_map") == true)
      #expect(try fault("{}")?.problem.contains("weight_map") == true)
      try FileManager.default.removeItem(atPath: "\(copy)/model-00004-of-00004.safetensors")
      #expect(try fault(text)?.kind == .unreadable)
    }
  }
}
