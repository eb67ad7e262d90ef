import Formats
import Foundation
import Fusion
import Testing

/// Scales that files do not tell rightly.
@Suite struct AdapterReadingTests {
  /// Files as `split_qkv` of sd-scripts writes them: factors of parts side by side, `up` in blocks,
  /// under the alpha of one part.
  static func split(
    to path: String, rank: Int = 2, dimension: String? = "2", disturbed: Bool = false
  ) throws -> String {
    var tensors: [TensorFile.Tensor] = []
    let modules = [
      ("lora_unet_double_blocks_0_img_attn_qkv", [16, 16, 16]),
      ("lora_unet_single_blocks_0_linear1", [16, 16, 16, 64]),
      ("lora_unet_double_blocks_0_img_attn_proj", [16]),
    ]
    for (index, (name, rows)) in modules.enumerated() {
      let columns = rank * rows.count
      let seed = UInt64(index + 1)
      tensors += [
        .random("\(name).lora_down.weight", [columns, 16], seed: seed), .number("\(name).alpha", 1),
      ]
      var up = TensorFile.Tensor.random(
        "\(name).lora_up.weight", [rows.reduce(0, +), columns], seed: seed + 10)
      var row = 0
      for (part, count) in rows.enumerated() {
        for _ in 0..<count {
          for column in 0..<columns where column / rank != part {
            up.values[row * columns + column] = 0
          }
          row += 1
        }
      }
      if disturbed, rows.count == 3 { up.values[columns * 20] = 1e-30 }
      tensors.append(up)
    }
    var metadata: [String: String] = [:]
    metadata["ss_network_dim"] = dimension
    return try TensorFile(tensors: tensors, metadata: metadata).write(to: path)
  }

  static func reading(fix: Bool = false, lokr: Double? = nil) -> AdapterReading {
    var reading = AdapterReading()
    (reading.fixesSplitAlpha, reading.lokrScale) = (fix, lokr)
    return reading
  }

  static func scales(_ path: String, _ reading: AdapterReading) throws -> [String: Double] {
    let modules = try AdapterFile(path: path, reading: reading).modules
    return Dictionary(uniqueKeysWithValues: modules.map { ($0.stem, $0.scale.value) })
  }

  @Test func splitTrainingHasItsStrength() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try Self.split(to: "\(folder)/a.safetensors")
      let plain = try Self.scales(path, Self.reading())
      #expect(plain["lora_unet_double_blocks_0_img_attn_qkv"] == 1.0 / 6)
      #expect(plain["lora_unet_single_blocks_0_linear1"] == 1.0 / 8)
      let fixed = try Self.scales(path, Self.reading(fix: true))
      #expect(fixed.count == 3)
      // Alpha by the rank of one part, as in training.
      for (name, scale) in fixed { #expect(abs(scale - 0.5) < 1e-15, "\(name)") }
      let file = try AdapterFile(path: path, reading: Self.reading(fix: true))
      #expect(file.rescaledCount == 2)
      #expect(file.warnings.contains { $0.contains("2 modules were trained in parts") })
    }
  }

  /// What is not told by metadata and zeros alike stays as it is.
  @Test(arguments: [nil, "6", "Dynamic", "-2", "9223372036854775807"] as [String?])
  func otherFilesStay(_ dimension: String?) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try Self.split(to: "\(folder)/a.safetensors", dimension: dimension)
      #expect(
        try Self.scales(path, Self.reading(fix: true)) == Self.scales(path, Self.reading()))
    }
  }

  @Test func aBlockWithAnyOtherElementStays() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try Self.split(to: "\(folder)/a.safetensors", disturbed: true)
      let fixed = try Self.scales(path, Self.reading(fix: true))
      #expect(fixed["lora_unet_double_blocks_0_img_attn_qkv"] == 1.0 / 6)
      #expect(fixed["lora_unet_single_blocks_0_linear1"] == 0.5)
    }
  }

  /// The delta of each part is that of an adapter of this part alone, at the same alpha.
  @Test func theMergedDeltaIsThatOfTheParts() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try Self.split(to: "\(folder)/a.safetensors")
      let library = try AdapterLibrary(
        paths: [path], reading: Self.reading(fix: true), threads: 1)
      let plan = try MergePlan(
        library, weights: ModuleWeights([1]), options: MergeOptions(dialect: .diffusers),
        isBare: true)
      let output = "\(folder)/out.safetensors"
      _ = try AdapterOutput(
        plan, metadata: [:], destination: SafetensorsDestination(place: .file(output))
      ).write(threads: 1) { _, _ in }
      let plain = try SlowDelta.deltas(ofAdapterAt: path)
      for (target, delta) in try SlowDelta.deltas(ofAdapterAt: output) {
        let parts: Double =
          target.path.hasSuffix("to_out.0") ? 1 : target.path.hasPrefix("single") ? 4 : 3
        let expected = try #require(plain[target]).map { $0 * parts }
        #expect(SlowDelta.distance(delta, expected) <= 1e-6 * SlowDelta.largest(expected))
      }
    }
  }

  @Test func wholeLoKrHasTheScaleThatIsGiven() throws {
    try TestMerge.withTemporaryFolder { folder in
      let whole = "lora_unet_mid_block_attentions_0_proj_in"
      let half = "lora_unet_mid_block_attentions_0_proj_out"
      let path = try TensorFile(tensors: [
        .random("\(whole).lokr_w1", [2, 2], seed: 1), .random("\(whole).lokr_w2", [4, 3], seed: 2),
        .number("\(whole).alpha", 1),
        .random("\(half).lokr_w1", [2, 2], seed: 1),
        .random("\(half).lokr_w2_a", [4, 2], seed: 2),
        .random("\(half).lokr_w2_b", [2, 3], seed: 3), .number("\(half).alpha", 1),
      ]).write(to: "\(folder)/a.safetensors")
      #expect(try Self.scales(path, Self.reading()) == [whole: 1, half: 0.5])
      #expect(try Self.scales(path, Self.reading(lokr: 0.25)) == [whole: 0.25, half: 0.5])
    }
  }
}
