import Formats
import Foundation
import Fusion
import Testing

/// All that is wrong with a file is told at once, and what a careful user would want to know.
@Suite struct ValidationFindingTests {
  static func validate(_ path: String, base: Checkpoint? = nil) -> FileValidation {
    FileValidator(isQuick: false, threads: 2, base: base).validate(path)
  }

  static func codes(
    _ tensors: [TensorFile.Tensor], _ metadata: [String: String] = [:]
  ) throws
    -> [FindingCode]
  {
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(tensors: tensors, metadata: metadata)
        .write(to: "\(folder)/a.safetensors")
      return validate(path).findings.map(\.code)
    }
  }

  static func pair(
    _ stem: String, _ out: Int, _ rank: Int, _ columns: Int, alpha: Float? = 2
  )
    -> [TensorFile.Tensor]
  {
    [
      .random("\(stem).lora_down.weight", [rank, columns], seed: 1),
      .random("\(stem).lora_up.weight", [out, rank], seed: 2),
    ] + (alpha.map { [.number("\(stem).alpha", $0)] } ?? [])
  }

  static let q = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"
  static let k = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
  static let v = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_v"

  @Test func aSoundAdapterHasNone() throws {
    #expect(try Self.codes(Self.pair(Self.q, 8, 2, 8)).isEmpty)
  }

  @Test func everyFaultOfAnAdapterIsTold() throws {
    var tensors = Self.pair(Self.q, 8, 2, 8)
    tensors[0].shape = [4, 4]  // another rank than the up factor
    tensors += Self.pair(Self.k, 8, 2, 8).dropFirst()  // no down factor
    tensors += Self.pair(Self.v, 8, 2, 8, alpha: .infinity)
    var damaged = Self.pair("lora_te_text_model_encoder_layers_0_mlp_fc1", 8, 2, 8)
    damaged[1].values[3] = .nan
    let codes = try Self.codes(tensors + damaged)
    #expect(Set(codes) == [.rankMismatch, .missingFactor, .nonFiniteScale, .nonFiniteWeight])
    #expect(codes.count == 4)
  }

  @Test func everyFaultOfAContainerIsTold() throws {
    let header = """
      {"__metadata__":{"a":1,"b":"2"},"x":{"dtype":"F32","shape":[4],"data_offsets":[4,16]},\
      "y":{"dtype":"F32","shape":[2,9223372036854775807],"data_offsets":[16,24]},\
      "z":{"dtype":"F32","shape":[1],"data_offsets":[20,24]}}
      """
    try TestMerge.withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
      try Data(length + Array(header.utf8) + [1, 2, 3]).write(to: URL(fileURLWithPath: path))
      let findings = Self.validate(path).findings
      #expect(
        findings.map(\.code) == [
          .metadataValue, .dataOffsets, .sizeMismatch, .shapeOverflow, .dataOffsets, .truncatedData,
        ])
      #expect(findings[1].place == "tensor 'x'")
      // The first is what reading the file says.
      let error = #expect(throws: FormatError.self) { try SafetensorsFile(path: path) }
      #expect(error?.problem == findings[0].message)
    }
  }

  @Test func manyOfAKindAreCounted() throws {
    let tensors = (0..<250).flatMap { index in
      Self.pair("lora_unet_down_blocks_\(index)_proj_in", 4, 2, 4).dropFirst(1)
    }
    let codes = try Self.codes(tensors)
    #expect(codes.count == 101)
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(tensors: tensors).write(to: "\(folder)/a.safetensors")
      #expect(Self.validate(path).findings.last?.message.contains("150 times more") == true)
    }
  }

  @Test func mixedFamiliesAndDialects() throws {
    let sd1 = Self.pair(Self.k, 320, 2, 768)
    let sdxl = Self.pair(Self.v, 320, 2, 2048)
    #expect(try Self.codes(sd1 + sdxl) == [.mixedFamilies])
    let diffusers = [
      TensorFile.Tensor.random(
        "unet.mid_block.resnets.0.time_emb_proj.lora_A.weight", [2, 8], seed: 3),
      .random("unet.mid_block.resnets.0.time_emb_proj.lora_B.weight", [8, 2], seed: 4),
    ]
    #expect(try Self.codes(sd1 + diffusers) == [.mixedDialects])
  }

  private static func nested(_ levels: Int) -> String {
    String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
  }

  /// What is too deep to be read may well be JSON.
  @Test func metadataThatAreTooDeepAreNotCalledBroken() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(
        tensors: Self.pair(Self.k, 320, 2, 768), metadata: ["ss_datasets": Self.nested(1000)]
      ).write(to: "\(folder)/a.safetensors")
      let messages = Self.validate(path).findings.map(\.message)
      #expect(messages.count == 1 && messages[0].contains("is nested too deeply to be read"))
    }
  }

  @Test func metadataThatDisagree() throws {
    let tensors = Self.pair(Self.k, 320, 2, 768)
    #expect(try Self.codes(tensors, ["ss_network_dim": "2"]).isEmpty)
    #expect(try Self.codes(tensors, ["ss_network_dim": "16"]) == [.metadataDisagrees])
    #expect(try Self.codes(tensors, ["ss_network_dim": "Dynamic"]).isEmpty)
    #expect(try Self.codes(tensors, ["ss_network_dim": "two"]) == [.metadataFormat])
    #expect(
      try Self.codes(tensors, ["ss_base_model_version": "sdxl_base_v1-0"]) == [.metadataDisagrees])
    #expect(try Self.codes(tensors, ["ss_base_model_version": "sd_v1"]).isEmpty)
    #expect(try Self.codes(tensors, ["ss_tag_frequency": "{\"a\": {"]) == [.metadataFormat])
    #expect(try Self.codes(tensors, ["ss_tag_frequency": "{\"a\": {\"b\": 2}}"]).isEmpty)
    #expect(try Self.codes(tensors, ["ss_network_args": Self.nested(127)]).isEmpty)
    #expect(try Self.codes(tensors, ["ss_network_args": Self.nested(129)]) == [.metadataFormat])
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(try Self.codes(tensors, ["sshs_model_hash": nothing]) == [.metadataFormat])
    #expect(try Self.codes(tensors, ["note": "a\u{1B}[31mb"]) == [.controlInMetadata])
    #expect(try Self.codes(tensors, ["note": "two\nlines, a \u{1F469}\u{200D}\u{1F680}"]).isEmpty)
  }

  /// Found by the fuzzer: tensors that modules share make no module.
  @Test func anAdapterWithoutModules() throws {
    let shared: [TensorFile.Tensor] = [
      .random("lora_unet_mid_block.vera_A", [2, 2], seed: 1),
      .random("lora_unet_mid_block.vera_B", [2, 2], seed: 2),
    ]
    #expect(try Self.codes(shared) == [.noEffect])
  }

  @Test func modulesWithoutEffect() throws {
    var tensors = Self.pair(Self.q, 8, 2, 8)
    tensors[1].values = tensors[1].values.map { _ in 0 }
    #expect(try Self.codes(tensors + Self.pair(Self.k, 8, 2, 8)) == [.noEffect])
  }

  /// Found by the fuzzer: trainers store any alpha beside two whole matrices, and no reader uses it.
  @Test func numbersThatNothingUsesMayBeAnything() throws {
    let tensors: [TensorFile.Tensor] = [
      .random("\(Self.q).lokr_w1", [2, 2], seed: 1), .random("\(Self.q).lokr_w2", [4, 4], seed: 2),
      .number("\(Self.q).alpha", .nan),
    ]
    #expect(try Self.codes(tensors).isEmpty)
  }

  @Test func aModelIsToldFromAnAdapter() throws {
    let model = (0..<10).map { TensorFile.Tensor.random("layers.\($0).weight", [4, 4], seed: 1) }
    #expect(try Self.codes(model) == [.checkpoint])
    var damaged = model
    damaged[4].values[0] = .infinity
    #expect(try Self.codes(damaged) == [.nonFiniteWeight, .checkpoint])
  }

  /// All modules that a base has no place for, or another shape, not the first of each only.
  @Test func everyMisfitWithTheBaseIsTold() throws {
    try TestMerge.withTemporaryFolder { folder in
      let targets = ["attn1.to_q", "attn2.to_k", "attn2.to_v"]
      let base = try TensorFile(
        tensors: targets.map {
          .random("mid_block.attentions.0.transformer_blocks.0.\($0).weight", [8, 8], seed: 1)
        } + [.random("down_blocks.0.resnets.0.conv1.weight", [8, 8], seed: 1)]
      ).write(to: "\(folder)/diffusion_pytorch_model.safetensors")
      let checkpoint = try Checkpoint(path: base)
      let stranger = "lora_unet_up_blocks_1_attentions_0_proj_in"
      let path = try TensorFile(
        tensors: Self.pair(Self.q, 8, 2, 8) + Self.pair(Self.k, 8, 2, 9)
          + Self.pair(Self.v, 7, 2, 8) + Self.pair(stranger, 8, 2, 8)
      ).write(to: "\(folder)/a.safetensors")
      let codes = Self.validate(path, base: checkpoint).findings.map(\.code)
      #expect(codes.filter { $0 == .targetShape }.count == 2)
      #expect(codes.filter { $0 == .noPlace }.count == 1)
      let sound = try TensorFile(tensors: Self.pair(Self.q, 8, 2, 8))
        .write(to: "\(folder)/b.safetensors")
      #expect(Self.validate(sound, base: checkpoint).verdict == .ok)
    }
  }

  /// Rotations tell only how many rows they are for.
  @Test(arguments: [(2, true), (1, false), (3, false)])
  func rotationsMustFitTheRowsOfTheBase(_ count: Int, _ fits: Bool) throws {
    try TestMerge.withTemporaryFolder { folder in
      let base = try TensorFile(tensors: [
        .random("mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight", [8, 6], seed: 1)
      ]).write(to: "\(folder)/diffusion_pytorch_model.safetensors")
      let path = try TensorFile(tensors: [
        .random("\(Self.q).oft_blocks", [count, 4, 4], seed: 2)
      ]).write(to: "\(folder)/a.safetensors")
      let codes = Self.validate(path, base: try Checkpoint(path: base)).findings
        .filter { $0.severity == .error }.map(\.code)
      #expect(codes == (fits ? [] : [.targetShape]))
    }
  }
}
